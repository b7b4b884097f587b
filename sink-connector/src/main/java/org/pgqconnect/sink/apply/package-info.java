/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The task's work: records in, batches out, and what happens when the subscriber fails.
 *
 * <p>In: records. Out: one transaction a batch, with the position and Kafka's offsets in it.
 */
package org.pgqconnect.sink.apply;
