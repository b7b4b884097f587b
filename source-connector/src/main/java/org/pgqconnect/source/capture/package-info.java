/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Puts tables under capture: triggers that write each change into the queue, in the transaction
 * that made it.
 *
 * <p>In: tables of the provider. Out: events of types {@code c}, {@code u}, {@code d} and {@code t}
 * whose data is the row's text and whose {@code ev_extra3} is the layout of that text. Next: {@code
 * queue} reads them in batches.
 */
package org.pgqconnect.source.capture;
