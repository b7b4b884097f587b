/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The queue: ticks, batches and events, through PgQ's public SQL API on either engine.
 *
 * <p>In: a session on the provider. Out: the events of one batch, in the order of their ids. Next:
 * {@code decode}.
 */
package org.pgqconnect.source.queue;
