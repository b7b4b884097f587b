/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
