/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The task's work: records in, batches out, and what happens when the subscriber fails.
 *
 * <p>In: records. Out: calls of {@code apply}, offsets to commit, and what status shows.
 */
package org.pgqconnect.sink.flow;
