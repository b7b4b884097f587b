/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Makes the ticks that cut the stream of events into batches.
 *
 * <p>In: a session of its own on the provider. Out: ticks in the queue, and a signal to who waits
 * for one.
 */
package org.pgqconnect.source.tick;
