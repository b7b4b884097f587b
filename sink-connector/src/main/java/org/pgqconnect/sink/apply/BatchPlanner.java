/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.position.PositionCheck;
import org.pgqconnect.sink.tables.Marked;
import org.pgqconnect.sink.tables.TableStates;

/** Holds batches against the position, and decides what is done with the rows of each. */
final class BatchPlanner {
  private final Subscriber subscriber;

  BatchPlanner(Subscriber subscriber) {
    this.subscriber = subscriber;
  }

  /**
   * Plans a transaction.
   *
   * @param batches consecutive; some may be left for the next one
   * @param from where the subscriber stands, under lock
   * @param next the tables as they stand; becomes what the batches make of them
   * @param together all of them that lead on from each other belong into one transaction
   * @return without batches when the first was applied before
   * @throws StopException when a batch is not the next one, or of another history
   */
  ApplyPlan plan(List<PendingBatch> batches, Position from, TableStates next, boolean together)
      throws SQLException {
    ApplyPlan plan = new ApplyPlan(from, next);
    for (PendingBatch batch : batches) {
      if (!plan.isEmpty() && !mayFollow(batch, plan, together)) {
        break;
      }
      if (subscriber.check(batch.end(), plan.after()) == PositionCheck.ALREADY_APPLIED) {
        break;
      }
      List<TableId> toBeHeld = next.toBeHeld(batch.end(), subscriber.ownership());
      Map<TableId, Marked> marked =
          toBeHeld.isEmpty()
              ? Map.of()
              : subscriber.tableStore().marked(toBeHeld, batch.end().tickTime());
      plan.add(
          batch, next.advance(batch.end(), batch.definitions(), subscriber.ownership(), marked));
    }
    return plan;
  }

  /**
   * Rows of the batches before have to be there when earlier rows are looked at, and are no rows of
   * a copy that begins.
   */
  private boolean mayFollow(PendingBatch batch, ApplyPlan plan, boolean together) {
    return PositionCheck.of(batch.bounds(), plan.after().tickId()) == PositionCheck.NEXT
        && (together
            || !plan.next().areAltered(batch.definitions(), subscriber.ownership())
                && !ApplyPlan.beginsCopy(batch));
  }
}
