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
 * What a table is whose rows a batch holds, or held before. It comes before the END of its batch;
 * in a compacted topic the last one of each table stays.
 *
 * @param table the table's columns and key
 */
public record BatchTable(
    BatchId id,
    BatchBounds bounds,
    String queue,
    String provider,
    String queueIdentity,
    TableDefinition table)
    implements Boundary {
  public BatchTable {
    requireNonNull(id, "id");
    requireNonNull(bounds, "bounds");
    requireNonNull(queue, "queue");
    requireNonNull(provider, "provider");
    requireNonNull(table, "table");
  }
}
