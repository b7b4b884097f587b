/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * All tables of a batch are written, in an order that the subscriber's constraints allow.
 *
 * <p>In: the net effects of a batch, or of a part of one. Out: all of it written, table by table or
 * settled in one statement, or the row that cannot be. Next: {@code apply}.
 */
package org.pgqconnect.sink.write;
