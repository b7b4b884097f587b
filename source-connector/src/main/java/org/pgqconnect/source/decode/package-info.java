/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * From an event's text to typed values.
 *
 * <p>In: events of the queue. Out: changes with values in the order of their table's layout. Next:
 * {@code copy}, {@code publish}.
 */
package org.pgqconnect.source.decode;
