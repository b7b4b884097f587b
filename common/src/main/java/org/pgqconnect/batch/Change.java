/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

/**
 * One captured change as it travels: a row of a batch.
 *
 * @param order the place in the batch, 1..n over all tables
 * @param tableOrder the place among the rows of this table in the batch, 1..n
 * @param eventId the event's {@code ev_id}; 0 for the rows of a copy
 * @param before the old row, or at least its key columns; null for c, r and t
 * @param after the new row; null for d and t
 */
public record Change(
    BatchId batch,
    TableId table,
    Operation operation,
    long order,
    long tableOrder,
    long eventId,
    Row before,
    Row after) {
  public Change {
    requireNonNull(batch, "batch");
    requireNonNull(table, "table");
    requireNonNull(operation, "operation");
  }
}
