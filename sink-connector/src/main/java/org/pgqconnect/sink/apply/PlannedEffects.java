/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.apply.ApplyPlan.Planned;
import org.pgqconnect.sink.assemble.RowChange;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.tables.TableStates.RowPlan;

/** Makes the net effect of the batches of one transaction. */
final class PlannedEffects {
  private final Subscriber subscriber;
  private final CopySweeps sweeps;
  private final MissedRows missed;

  /**
   * @param sweeps hears of copies that begin, as {@code missed} does
   */
  PlannedEffects(Subscriber subscriber, CopySweeps sweeps, MissedRows missed) {
    this.subscriber = subscriber;
    this.sweeps = sweeps;
    this.missed = missed;
  }

  /**
   * The net effect of all batches of a plan.
   *
   * @param repeated the tables that are copied again while their rows stay; changed by the copies
   *     that begin in the batches
   */
  Effects of(ApplyPlan plan, Set<TableId> repeated) throws SQLException {
    for (Planned batch : plan.batches()) {
      for (Map.Entry<TableId, RowPlan> entry : batch.plans().entrySet()) {
        if (entry.getValue() == RowPlan.RESTART) {
          subscriber.writer().forget(entry.getKey());
        }
      }
    }
    Effects effects = subscriber.writer().effects(plan.definitions());
    boolean inOrder = plan.isInOrder();
    Set<TableId> outOfStep = plan.outOfStep();
    for (Planned batch : plan.batches()) {
      Map<TableId, List<RowChange>> rows = batch.batch().rowsByTable();
      for (Map.Entry<TableId, RowPlan> entry : batch.plans().entrySet()) {
        TableId table = entry.getKey();
        if (entry.getValue() != RowPlan.SKIP) {
          noteCopy(table, batch, plan, repeated);
          RowsOfBatch added = new RowsOfBatch(table, rows.getOrDefault(table, List.of()));
          boolean inStep = inOrder && !outOfStep.contains(table);
          add(effects, added, entry.getValue(), repeated.contains(table), inStep);
        }
      }
    }
    return effects;
  }

  /** Rows of one table. */
  private record RowsOfBatch(TableId table, List<RowChange> changes) {}

  private void add(
      Effects effects, RowsOfBatch rows, RowPlan plan, boolean isRepeated, boolean inStep) {
    TableId table = rows.table();
    boolean restarts = plan == RowPlan.RESTART;
    if (isRepeated && restarts) {
      // Of a table whose changes were skipped so far, those before the first chunk are too.
      effects.beginAgain(table, rows.changes(), subscriber.expectsCopy(table));
    } else if (isRepeated) {
      effects.addAgain(table, rows.changes());
    } else if (restarts) {
      effects.restart(table, rows.changes());
    } else if (inStep) {
      effects.addInStep(table, rows.changes());
    } else {
      effects.add(table, rows.changes(), plan == RowPlan.APPLY_WHILE_COPYING);
    }
  }

  /** What was known of an earlier copy means nothing once another begins. */
  private void noteCopy(TableId table, Planned batch, ApplyPlan plan, Set<TableId> repeated)
      throws SQLException {
    boolean restarts = batch.plans().get(table) == RowPlan.RESTART;
    if (!restarts && !batch.marks(table)) {
      return;
    }
    boolean again =
        restarts && subscriber.writer().keepsRowsInCopy(table, plan.next().get(table).definition());
    missed.forget(table);
    repeated.remove(table);
    subscriber.writer().forgetCopied(table, again);
    if (restarts) {
      sweeps.forget();
    }
    if (again) {
      repeated.add(table);
    }
  }
}
