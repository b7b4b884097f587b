/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.util.HashMap;
import java.util.Map;
import org.pgqconnect.batch.TableId;

/** Counts the changes of one transaction whose rows were not on the subscriber. */
public final class MissingRows {
  private final Map<TableId, Count> byTable = new HashMap<>();

  /**
   * Changes of one table.
   *
   * @param key of one of the rows: {@code id=5}
   */
  public record Count(long updates, long deletes, String key) {
    /** All changes. */
    public long changes() {
      return updates + deletes;
    }
  }

  void addUpdates(TableId table, long rows, String key) {
    add(table, new Count(rows, 0, key));
  }

  void addDeletes(TableId table, long rows, String key) {
    add(table, new Count(0, rows, key));
  }

  private void add(TableId table, Count count) {
    if (count.changes() > 0) {
      byTable.merge(
          table, count, (a, b) -> new Count(a.updates + b.updates, a.deletes + b.deletes, a.key));
    }
  }

  /** What was counted so far. */
  public Map<TableId, Count> byTable() {
    return Map.copyOf(byTable);
  }

  /** Forgets what was counted since, for it was undone. */
  public void resetTo(Map<TableId, Count> before) {
    byTable.clear();
    byTable.putAll(before);
  }
}
