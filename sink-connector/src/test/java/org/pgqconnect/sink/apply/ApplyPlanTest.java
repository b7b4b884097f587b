/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.statements.MissingRows;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.tables.TableStates.RowPlan;

class ApplyPlanTest {
  private static final TableId A = new TableId("public", "a");
  private static final TableId B = new TableId("public", "b");
  private static final PartitionId T = new PartitionId("q.transaction", 0);
  private static final PartitionId PA = new PartitionId("q.public.a", 0);

  private final NotApplied notApplied = new NotApplied();
  private final TableStates states = new TableStates(Map.of(), Remedy.ofPrefix("q"));

  private static Position at(long tick) {
    return new Position("q", "provider", "identity", 1L, tick, null);
  }

  private static PendingBatch batch(long prev, long tick, int rows, CopyProgress... copies) {
    BatchAssembler assembler = new BatchAssembler(table -> true, new NotApplied());
    for (int i = 1; i <= rows; i++) {
      assembler.row(
          PA, i, new Change(new BatchId(tick, 1), A, Operation.TRUNCATE, i, i, i, null, null));
    }
    assembler.boundary(
        T,
        0,
        new BatchEnd(
            new BatchId(tick, 1),
            new BatchBounds(prev, tick),
            "q",
            "provider",
            "identity",
            "time " + tick,
            "1:1:",
            Map.of("public.a", (long) rows),
            List.of(copies),
            List.of()));
    return assembler.complete(1, Set.of(A, B)).get(0);
  }

  private ApplyPlan plan(long from) {
    return new ApplyPlan(at(from), states);
  }

  private static Map<TableId, RowPlan> plans(RowPlan a, RowPlan b) {
    return new HashMap<>(Map.of(A, a, B, b));
  }

  @Test
  void standsWhereItBeganUntilABatchIsAdded() {
    ApplyPlan plan = plan(5);
    assertThat(plan.isEmpty()).isTrue();
    assertThat(plan.after()).isEqualTo(at(5));
    plan.add(batch(5, 6, 0), Map.of());
    plan.add(batch(6, 9, 0), Map.of());
    assertThat(plan.after()).isEqualTo(new Position("q", "provider", "identity", 1L, 9L, "time 9"));
  }

  @Test
  void isInOrderWhenNoBatchOverlapsWhatWasApplied() {
    ApplyPlan inOrder = plan(5);
    inOrder.add(batch(5, 6, 0), Map.of());
    inOrder.add(batch(6, 9, 0), Map.of());
    assertThat(inOrder.isInOrder()).isTrue();
    ApplyPlan overlapping = plan(5);
    overlapping.add(batch(4, 6, 0), Map.of());
    assertThat(overlapping.isInOrder()).isFalse();
    ApplyPlan overlappingLater = plan(5);
    overlappingLater.add(batch(5, 7, 0), Map.of());
    overlappingLater.add(batch(6, 9, 0), Map.of());
    assertThat(overlappingLater.isInOrder()).isFalse();
    ApplyPlan first = new ApplyPlan(Position.NONE, states);
    first.add(batch(5, 6, 0), Map.of());
    assertThat(first.isInOrder()).as("what the subscriber holds is not known").isFalse();
  }

  @Test
  void aTableIsInStepOnlyWhenItIsInEveryBatch() {
    ApplyPlan plan = plan(5);
    plan.add(batch(5, 6, 0), plans(RowPlan.APPLY, RowPlan.APPLY_WHILE_COPYING));
    plan.add(batch(6, 7, 0), plans(RowPlan.RESTART, RowPlan.APPLY));
    assertThat(plan.outOfStep()).isEqualTo(Set.of(A, B));
    assertThat(plan.restarts(A)).isTrue();
    assertThat(plan.restarts(B)).isFalse();
  }

  @Test
  void rowsOfSkippedTablesAreCountedAndNotWritten() {
    ApplyPlan plan = plan(5);
    plan.add(batch(5, 6, 2), plans(RowPlan.APPLY, RowPlan.APPLY));
    plan.add(batch(6, 7, 3), plans(RowPlan.APPLY, RowPlan.APPLY));
    assertThat(plan.written()).isEqualTo(Set.of(A, B));
    plan.skip(Set.of(A));
    assertThat(plan.written()).isEqualTo(Set.of(B));
    assertThat(plan.definitions()).containsOnlyKeys(B);
    plan.countSkipped(notApplied);
    assertThat(notApplied.get(Reason.EXPECTING_COPY)).isEqualTo(5);
  }

  @Test
  void namesItsBatches() {
    ApplyPlan plan = plan(5);
    plan.add(batch(5, 6, 0), Map.of());
    assertThat(plan.context()).isEqualTo("batch (5, 6]");
    plan.add(batch(6, 9, 0), Map.of());
    assertThat(plan.context()).isEqualTo("batches (5, 9]");
  }

  @Test
  void tellsAMarkFromACopy() {
    PendingBatch batch =
        batch(5, 6, 0, CopyProgress.mark(A, 1, 5, true), new CopyProgress(B, 2, true, false, 1, 0));
    ApplyPlan plan = plan(5);
    plan.add(batch, Map.of());
    assertThat(plan.first().marks(A)).isTrue();
    assertThat(plan.first().marks(B)).isFalse();
    assertThat(ApplyPlan.beginsCopy(batch)).isTrue();
    assertThat(ApplyPlan.beginsCopy(batch(5, 6, 0))).isFalse();
  }

  @Test
  void rowsThatAreMissingAreReportedOnceATableAndOnlyOfTablesInStep() {
    MissedRows missed = new MissedRows(notApplied);
    Map<TableId, MissingRows.Count> found =
        Map.of(A, new MissingRows.Count(2, 1, "id=5"), B, new MissingRows.Count(1, 0, "id=1"));
    ApplyPlan plan = plan(5);
    plan.add(batch(5, 6, 0), plans(RowPlan.APPLY, RowPlan.APPLY_WHILE_COPYING));
    Map<TableId, MissingRows.Count> missing = missed.note(found, plan);
    assertThat(missing).containsOnlyKeys(A);
    assertThat(states.warnings())
        .singleElement()
        .asString()
        .contains("2 updates and 1 deletes of table public.a", "first in batch (5, 6]");
    missed.committed(missing);
    assertThat(notApplied.get(Reason.MISSING_ROW)).isEqualTo(3);
    missed.note(found, plan);
    assertThat(states.warnings()).as("reported before").hasSize(1);
    missed.forget(A);
    missed.note(found, plan);
    assertThat(states.warnings()).as("a copy of it has begun").hasSize(2);
    missed.note(found, plan);
    assertThat(states.warnings()).as("what was not committed is not reported").hasSize(3);
  }
}
