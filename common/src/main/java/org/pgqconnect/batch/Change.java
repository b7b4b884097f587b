/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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

  /** The image that holds the key: the new row where there is one. Null for a truncate. */
  public Row keyed() {
    return after != null ? after : before;
  }
}
