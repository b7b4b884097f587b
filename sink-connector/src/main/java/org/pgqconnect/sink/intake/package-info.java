/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Reads what records of Kafka say, and asks the cluster about its topics.
 *
 * <p>In: records. Out: rows and boundaries of the queue that the subscriber follows. Next: {@code
 * assemble}.
 */
package org.pgqconnect.sink.intake;
