/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.statements.MissingRows;

/** Reports, once a table, that changes of tables in step met rows that were not there. */
final class MissedRows {
  private final NotApplied notApplied;
  private final Set<TableId> reported = new HashSet<>();

  /**
   * @param notApplied counts such changes
   */
  MissedRows(NotApplied notApplied) {
    this.notApplied = notApplied;
  }

  /** A copy of the table begins: what was missing comes. */
  void forget(TableId table) {
    reported.remove(table);
  }

  /** What is stored may be from before it was reported. */
  void forgetAll() {
    reported.clear();
  }

  /**
   * Notes what a plan's transaction found missing.
   *
   * @param found what it found, of tables out of step too
   * @return what it found of tables that were in step before
   */
  Map<TableId, MissingRows.Count> note(Map<TableId, MissingRows.Count> found, ApplyPlan plan) {
    Map<TableId, MissingRows.Count> missing = new HashMap<>(found);
    missing.keySet().removeAll(plan.outOfStep());
    missing.forEach(
        (table, rows) -> {
          if (!reported.contains(table)) {
            plan.next()
                .missedRows(table, rows.updates(), rows.deletes(), rows.key(), plan.context());
          }
        });
    return missing;
  }

  /** The transaction was committed, and with it the notes. */
  void committed(Map<TableId, MissingRows.Count> missing) {
    reported.addAll(missing.keySet());
    missing.values().forEach(rows -> notApplied.add(Reason.MISSING_ROW, rows.changes()));
  }
}
