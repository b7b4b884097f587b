/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The copy of tables, chunk by chunk in key order, without locks and without long transactions.
 *
 * <p>In: requests in {@code pgq_connect.table_copy}. Out: the rows of one chunk and how far the
 * copy is with them. Next: {@code record}.
 *
 * <p>A chunk is read after the tick of the current batch was made and is published at the end of
 * that batch. Every event that was published before is visible in the chunk's snapshot, so its rows
 * only ever move a subscriber forward; events that the chunk already contains are applied again
 * later and converge.
 */
package org.pgqconnect.source.copy;
