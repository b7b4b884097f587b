/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Batches become transactions of the subscriber.
 *
 * <p>In: complete batches, or parts of a large one. Out: one transaction, with the position and
 * Kafka's offsets in it. Next: {@code flow}.
 */
package org.pgqconnect.sink.apply;
