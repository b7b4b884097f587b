/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Where a task continues, and what is lost when a provider was restored.
 *
 * <p>In: the offset that Kafka keeps, and the ticks that the queue has. Out: the tick to start
 * after, or why there is none.
 */
package org.pgqconnect.source.history;
