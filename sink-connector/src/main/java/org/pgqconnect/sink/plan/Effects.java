/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.plan;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.RowChange;

/**
 * The net effect of one batch, of several in a row, or of a part of one; see {@code
 * settle.BatchWriter}.
 */
public final class Effects {
  private final Map<TableId, NetEffect> byTable = new LinkedHashMap<>();
  private final Map<TableId, KeyReader> keys;

  public Effects(Map<TableId, KeyReader> keys) {
    this.keys = keys;
  }

  /** Empties the table and takes the rows of a copy, and only those. */
  public void restart(TableId table, List<RowChange> changes) {
    NetEffect effect = of(table);
    effect.truncate();
    for (RowChange change : changes) {
      if (change.operation() == Operation.READ) {
        effect.add(change, true);
      }
    }
  }

  /**
   * Adds changes that happened after those added before.
   *
   * @param copying rows that the provider inserted may be there already, and rows of a copy are
   *     most likely not
   */
  public void add(TableId table, List<RowChange> changes, boolean copying) {
    NetEffect effect = of(table);
    for (RowChange change : changes) {
      effect.add(change, (change.operation() == Operation.READ) == copying);
    }
  }

  /**
   * Adds changes of a table that is as the provider's was, so that the rows that they are of must
   * be there.
   */
  public void addInStep(TableId table, List<RowChange> changes) {
    NetEffect effect = of(table);
    effect.expectRows(true);
    add(table, changes, false);
    effect.expectRows(false);
  }

  /**
   * Adds the changes of the batch with which a table's copy begins while its rows stay, and the
   * copy's first rows. The changes are older than the copy, which brings what came of them.
   *
   * @param copiedOnly leave out all but rows of the copy
   */
  public void beginAgain(TableId table, List<RowChange> changes, boolean copiedOnly) {
    NetEffect effect = of(table);
    effect.copyBegins();
    for (RowChange change : changes) {
      boolean copied = change.operation() == Operation.READ;
      if (copied || !copiedOnly) {
        effect.bringRows(copied);
        effect.add(change, false);
      }
    }
    effect.bringRows(true);
  }

  /** Adds changes of a table that is copied again while its rows stay: all may be there already. */
  public void addAgain(TableId table, List<RowChange> changes) {
    NetEffect effect = of(table);
    changes.forEach(change -> effect.add(change, false));
  }

  /** Tables that are emptied first. */
  public Set<TableId> emptied() {
    Set<TableId> tables = new HashSet<>();
    byTable.forEach(
        (table, effect) -> {
          if (effect.truncates()) {
            tables.add(table);
          }
        });
    return tables;
  }

  private NetEffect of(TableId table) {
    return byTable.computeIfAbsent(table, t -> new NetEffect(keys.get(t)));
  }

  public Map<TableId, NetEffect> byTable() {
    return byTable;
  }
}
