/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets;

class BatchAssemblerTest {
  private static final TableId A = new TableId("public", "a");
  private static final TableId B = new TableId("public", "b");
  private static final TableId FOREIGN = new TableId("other", "x");
  private static final PartitionId T = new PartitionId("q.transaction", 0);
  private static final PartitionId PA = new PartitionId("q.public.a", 0);
  private static final PartitionId PB = new PartitionId("q.public.b", 0);
  private static final Set<TableId> ALL = Set.of(A, B);

  private final BatchAssembler assembler =
      new BatchAssembler(t -> t.schema().equals("public"), new NotApplied());
  private final Map<PartitionId, Long> offsets = new LinkedHashMap<>();

  private long next(PartitionId partition) {
    return offsets.merge(partition, 1L, Long::sum) - 1;
  }

  private void begin(long prev, long tick, long attempt) {
    assembler.boundary(
        T,
        next(T),
        new BatchBegin(new BatchId(tick, attempt), new BatchBounds(prev, tick), "q", "p", "i"));
  }

  private void end(long prev, long tick, long attempt, Map<String, Long> counts) {
    end(prev, tick, attempt, counts, List.of());
  }

  private void end(
      long prev, long tick, long attempt, Map<String, Long> counts, List<CopyProgress> copies) {
    assembler.boundary(
        T,
        next(T),
        new BatchEnd(
            new BatchId(tick, attempt),
            new BatchBounds(prev, tick),
            "q",
            "p",
            "i",
            "now",
            "1:1:",
            counts,
            copies,
            List.of()));
  }

  private void row(PartitionId partition, TableId table, long tick, long attempt, long order) {
    assembler.row(
        partition,
        next(partition),
        new Change(
            new BatchId(tick, attempt),
            table,
            Operation.CREATE,
            order,
            order,
            order,
            null,
            new TestRow(Map.of("id", order, "tick", tick))));
  }

  private Map<PartitionId, Long> firstOffsets() {
    return assembler.safeOffsets(new ReadOffsets()).now();
  }

  private List<Long> complete() {
    return assembler.complete(1000, ALL).stream().map(b -> b.id().tickId()).toList();
  }

  @Test
  void isCompleteWhenEndAndEveryCountedRowAreThere() {
    begin(0, 1, 1);
    row(PA, A, 1, 1, 1);
    assertThat(complete()).isEmpty();
    assertThat(assembler.awaited(ALL).inWords()).isEqualTo("batch 1:1: its END (1 rows are here)");
    end(0, 1, 1, Map.of("public.a", 2L, "public.b", 1L, "other.x", 9L));
    row(PA, A, 1, 1, 2);
    assertThat(complete()).isEmpty();
    assertThat(assembler.awaited(ALL).inWords())
        .isEqualTo("batch 1:1: rows of public.b (0 of 1 are here)");
    row(PB, B, 1, 1, 1);
    assertThat(complete()).containsExactly(1L);
  }

  @Test
  void putsRowsBackIntoOrder() {
    end(0, 1, 1, Map.of("public.a", 4L));
    PartitionId other = new PartitionId("q.public.a", 1);
    row(other, A, 1, 1, 3);
    row(other, A, 1, 1, 4);
    row(PA, A, 1, 1, 1);
    assertThat(complete()).isEmpty();
    row(PA, A, 1, 1, 2);
    assertThat(assembler.head().orElseThrow().rowsByTable().get(A))
        .extracting(RowChange::tableOrder)
        .containsExactly(1L, 2L, 3L, 4L);
    assertThat(complete()).containsExactly(1L);
  }

  @Test
  void countsWhatIsBufferedAsItComesAndGoes() {
    begin(0, 1, 1);
    row(PA, A, 1, 1, 1);
    row(PA, A, 1, 1, 2);
    row(PA, A, 2, 1, 1);
    assertThat(assembler.bufferedRows()).isEqualTo(3);
    assertThat(assembler.bufferedBytes()).isPositive();
    assembler.head().orElseThrow().release();
    assertThat(assembler.bufferedRows()).isEqualTo(1);
    assembler.applied(1);
    assertThat(assembler.bufferedRows()).isEqualTo(1);
    begin(0, 3, 2);
    assertThat(assembler.bufferedRows()).isZero();
    assertThat(assembler.bufferedBytes()).isZero();
    row(PA, A, 3, 2, 1);
    assembler.reset(null);
    assertThat(assembler.bufferedRows()).isZero();
    assertThat(assembler.bufferedBytes()).isZero();
  }

  @Test
  void dropsRedeliveredRows() {
    row(PA, A, 1, 1, 1);
    row(PA, A, 1, 1, 1);
    end(0, 1, 1, Map.of("public.a", 2L));
    assertThat(complete()).isEmpty();
    row(PA, A, 1, 1, 2);
    row(PA, A, 1, 1, 2);
    assertThat(complete()).containsExactly(1L);
    assertThat(assembler.bufferedRows()).isEqualTo(2);
  }

  @Test
  void ignoresTablesOfOthers() {
    row(new PartitionId("q.other.x", 0), FOREIGN, 1, 1, 1);
    assertThat(assembler.head()).isEmpty();
    end(0, 1, 1, Map.of("other.x", 1L));
    assertThat(complete()).containsExactly(1L);
  }

  @Test
  void stopsWhenThereAreMoreRowsThanCounted() {
    row(PA, A, 1, 1, 1);
    row(PA, A, 1, 1, 2);
    end(0, 1, 1, Map.of("public.a", 1L));
    assertThatThrownBy(this::complete)
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Batch 1:1 holds 2 rows of public.a but its END counts 1");
  }

  @Test
  void aNewAttemptReplacesEverythingAfterItsBegin() {
    begin(0, 1, 1);
    row(PA, A, 1, 1, 1);
    end(0, 1, 1, Map.of("public.a", 1L));
    begin(1, 5, 1);
    row(PA, A, 5, 1, 1);
    begin(1, 3, 2);
    row(PA, A, 5, 1, 2);
    assertThat(assembler.pendingBatches()).isEqualTo(2);
    assertThat(complete()).containsExactly(1L);
    assembler.applied(1);
    row(PA, A, 3, 2, 1);
    end(1, 3, 2, Map.of("public.a", 1L));
    assertThat(complete()).containsExactly(3L);
  }

  @Test
  void rowsOfANewAttemptMayComeBeforeItsBegin() {
    row(PA, A, 1, 2, 1);
    begin(0, 1, 1);
    row(PB, B, 1, 1, 1);
    begin(0, 1, 2);
    end(0, 1, 2, Map.of("public.a", 1L));
    assertThat(complete()).containsExactly(1L);
    assertThat(assembler.pendingBatches()).isEqualTo(1);
  }

  @Test
  void anEndedBatchThatLostARowIsReplacedByALaterAttempt() {
    end(0, 1, 1, Map.of("public.a", 1L));
    end(0, 2, 2, Map.of("public.b", 1L));
    row(PB, B, 2, 2, 1);
    assertThat(complete()).containsExactly(2L);
  }

  @Test
  void keepsDefinitionsWithTheirBatchAndForgetsThoseOfADeadAttempt() {
    begin(0, 1, 1);
    definition(0, 1, 1, "int");
    begin(0, 1, 2);
    definition(0, 1, 2, "bigint");
    definition(0, 1, 2, "text");
    end(0, 1, 2, Map.of());
    assertThat(complete()).containsExactly(1L);
    assertThat(assembler.head().orElseThrow().definitions())
        .extracting(table -> table.columns().get(0).type())
        .containsExactly("bigint", "text");
    assembler.applied(1);
    definition(0, 1, 2, "text");
    assertThat(assembler.head()).isEmpty();
  }

  private void definition(long prev, long tick, long attempt, String type) {
    assembler.boundary(
        T,
        next(T),
        new BatchTable(
            new BatchId(tick, attempt),
            new BatchBounds(prev, tick),
            "q",
            "p",
            "i",
            new TableDefinition(
                A, List.of(new TableDefinition.Column("id", type, true)), List.of("id"))));
  }

  @Test
  void dropsWhatWasApplied() {
    assembler.reset(7L);
    row(PA, A, 7, 1, 1);
    end(6, 7, 1, Map.of("public.a", 1L));
    assertThat(assembler.head()).isEmpty();
    assertThat(firstOffsets()).isEmpty();
  }

  @Test
  void firstOffsetsAreThoseOfWhatIsNotApplied() {
    row(PA, A, 1, 1, 1);
    row(PA, A, 1, 1, 2);
    end(0, 1, 1, Map.of("public.a", 2L));
    row(PA, A, 2, 1, 1);
    assertThat(firstOffsets()).isEqualTo(Map.of(PA, 0L, T, 0L));
    assertThat(assembler.safeOffsets(new ReadOffsets()).after(1)).isEqualTo(Map.of(PA, 2L));
    assembler.applied(1);
    assertThat(firstOffsets()).isEqualTo(Map.of(PA, 2L));
  }

  @Test
  void safeOffsetsStayAsTheyWere() {
    ReadOffsets read = new ReadOffsets();
    read.startAt(PA, 5);
    row(PA, A, 1, 1, 1);
    SafeOffsets safe = assembler.safeOffsets(read);
    read.startAt(PA, 9);
    row(PB, B, 1, 1, 1);
    assembler.applied(1);
    assertThat(safe.now()).isEqualTo(Map.of(PA, 0L));
    assertThat(safe.after(1)).isEqualTo(Map.of(PA, 5L));
  }

  @Test
  void mergesCompleteBatchesUpToALimitOfRows() {
    for (long tick = 1; tick <= 4; tick++) {
      row(PA, A, tick, 1, 1);
      row(PA, A, tick, 1, 2);
      end(tick - 1, tick, 1, Map.of("public.a", 2L));
    }
    assertThat(assembler.complete(5, ALL)).hasSize(2);
    assertThat(assembler.complete(1, ALL)).hasSize(1);
    assertThat(complete()).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void doesNotWaitForRowsOfTablesThatExpectACopy() {
    end(0, 1, 1, Map.of("public.a", 1L));
    end(1, 2, 1, Map.of("public.a", 1L), List.of(new CopyProgress(A, 1, true, false, 1, 0)));
    assertThat(assembler.complete(100, Set.of())).hasSize(1);
    row(PA, A, 2, 1, 1);
    end(2, 3, 1, Map.of("public.a", 1L));
    assertThat(assembler.complete(100, Set.of())).hasSize(2);
  }

  @Test
  void releasesRowsInOrderUpToTheRowsOfACopy() {
    begin(0, 1, 1);
    row(PA, A, 1, 1, 1);
    row(PA, A, 1, 1, 2);
    row(PA, A, 1, 1, 4);
    PendingBatch head = assembler.head().orElseThrow();
    assertThat(head.release().get(A)).hasSize(2);
    assertThat(assembler.bufferedRows()).isEqualTo(1);
    row(PA, A, 1, 1, 3);
    assertThat(head.release().get(A)).extracting(RowChange::tableOrder).containsExactly(3L, 4L);
    assembler.row(
        PA,
        next(PA),
        new Change(
            new BatchId(1, 1), A, Operation.READ, 5, 5, 0, null, new TestRow(Map.of("id", 9L))));
    assertThat(head.release()).isEmpty();
    assertThat(head.releasable()).isZero();
    end(0, 1, 1, Map.of("public.a", 5L));
    assertThat(complete()).containsExactly(1L);
    assertThat(head.rowsByTable().get(A)).hasSize(1);
  }

  @Test
  void knowsWhichPartitionsRunAhead() {
    PartitionId second = new PartitionId("q.public.a", 1);
    begin(0, 1, 1);
    row(PA, A, 1, 1, 1);
    row(second, A, 1, 1, 5);
    row(PB, B, 2, 1, 1);
    assertThat(assembler.runningAhead(10)).isEqualTo(Set.of(second, PB));
    end(0, 1, 1, Map.of("public.a", 5L));
    begin(1, 2, 1);
    assertThat(assembler.runningAhead(10)).doesNotContain(T);
    assertThat(assembler.runningAhead(1)).contains(T);
  }

  @Test
  void aPartitionThatShowedADiscardedBatchLastDoesNotRunAhead() {
    begin(0, 1, 1);
    row(PB, B, 3, 1, 1);
    row(PA, A, 2, 1, 2);
    assertThat(assembler.runningAhead(10)).isEqualTo(Set.of(PA, PB));
    begin(0, 1, 2);
    assertThat(assembler.runningAhead(10)).isEmpty();
    row(PB, B, 2, 2, 1);
    assertThat(assembler.runningAhead(10)).isEqualTo(Set.of(PB));
  }

  private boolean lost(PartitionId... partitions) {
    return assembler
        .awaited(ALL)
        .lost(t -> t.equals(A) ? Set.of(partitions) : Set.of())
        .isPresent();
  }

  @Test
  void rowsAreLostOnceEveryPartitionHasGoneOn() {
    PartitionId second = new PartitionId("q.public.a", 1);
    row(PA, A, 1, 1, 1);
    row(PA, A, 2, 1, 1);
    begin(0, 1, 1);
    assertThat(lost(PA)).isFalse();
    end(0, 1, 1, Map.of("public.a", 2L));
    assertThat(lost(PA)).isTrue();
    assertThat(assembler.awaited(ALL).lost(t -> Set.of(PA)))
        .contains(new PendingBatch.Missing(A, 1, 2, true));
    assertThat(lost()).isFalse();
    assertThat(lost(PA, second)).isFalse();
    row(second, A, 1, 1, 3);
    assertThat(lost(PA, second)).isFalse();
    row(second, A, 3, 1, 1);
    assertThat(assembler.awaited(Set.of(B)).lost(t -> Set.of(PA))).isEmpty();
  }

  @Test
  void aPartitionThatWasSoughtAnewProvesNothing() {
    row(PA, A, 2, 1, 1);
    assembler.reset(0L);
    end(0, 1, 1, Map.of("public.a", 1L));
    assertThat(lost(PA)).isFalse();
    row(PA, A, 2, 1, 1);
    assertThat(lost(PA)).isTrue();
    assembler.beginAnew(PA);
    assertThat(lost(PA)).isFalse();
  }

  @Test
  void rowsOfOtherAttemptsProveOnlyWhatTheyCan() {
    row(PA, A, 2, 1, 1);
    begin(0, 1, 2);
    end(0, 1, 2, Map.of("public.a", 1L));
    assertThat(lost(PA)).as("a dead attempt").isFalse();
    row(PA, A, 2, 3, 1);
    assertThat(lost(PA)).as("an attempt that may replace the batch").isFalse();
    begin(1, 2, 3);
    assertThat(lost(PA)).as("it went on after the batch").isTrue();
  }

  @Test
  void keepsOneLayoutPerShapeAndNoOldImageThatSaysNothingNew() {
    for (long i = 1; i <= 2; i++) {
      Row after = new TestRow(Map.of("id", i, "v", "x"));
      Row before = new TestRow(Map.of("id", i));
      assembler.row(
          PA, next(PA), new Change(new BatchId(1, 1), A, Operation.UPDATE, i, i, i, before, after));
    }
    List<RowChange> rows = assembler.head().orElseThrow().rowsByTable().get(A);
    assertThat(rows).allMatch(change -> change.before() == null);
    assertThat(rows.get(0).after().layout()).isSameAs(rows.get(1).after().layout());
    assertThat(assembler.bufferedBytes()).isBetween(300L, 800L);
  }

  private record TestRow(Map<String, Object> values) implements Row {
    @Override
    public Set<String> columns() {
      return values.keySet();
    }

    @Override
    public Object get(String column) {
      return values.get(column);
    }
  }
}
