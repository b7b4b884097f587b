/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.offsets.PartitionId;

class FlowControlTest {
  private static final TableId A = new TableId("public", "a");
  private static final TopicPartition T = new TopicPartition("q.transaction", 0);
  private static final TopicPartition PA = new TopicPartition("q.public.a", 0);
  private static final TopicPartition PB = new TopicPartition("q.public.a", 1);
  private static final Set<TopicPartition> ALL = Set.of(T, PA, PB);
  private static final long MEGABYTE = 1 << 20;

  private final BatchAssembler assembler = new BatchAssembler(t -> true, new NotApplied());
  private long offset;

  private static PartitionId id(TopicPartition partition) {
    return new PartitionId(partition.topic(), partition.partition());
  }

  private void begin(long prev, long tick) {
    assembler.boundary(
        id(T),
        offset++,
        new BatchBegin(new BatchId(tick, 1), new BatchBounds(prev, tick), "q", "p", "i"));
  }

  private void row(TopicPartition partition, long tick, long order, String value) {
    assembler.row(
        id(partition),
        offset++,
        new Change(
            new BatchId(tick, 1),
            A,
            Operation.CREATE,
            order,
            order,
            order,
            null,
            new OneColumn(value)));
  }

  private record OneColumn(String value) implements Row {
    @Override
    public Set<String> columns() {
      return Set.of("v");
    }

    @Override
    public Object get(String column) {
      return value;
    }
  }

  @Test
  void pausesWhatRunsAheadOnceTooManyBytesAreHeld() {
    FlowControl flow = new FlowControl(assembler, 1_000_000, MEGABYTE);
    begin(0, 1);
    row(PA, 1, 1, "x");
    row(PB, 2, 1, "y");
    assertThat(flow.next(ALL)).isEqualTo(new FlowControl.Change(Set.of(), Set.of()));
    row(PB, 2, 2, "z".repeat((int) MEGABYTE));
    assertThat(flow.isFull()).isTrue();
    assertThat(flow.next(ALL)).isEqualTo(new FlowControl.Change(Set.of(PB), Set.of()));
    assertThat(flow.next(ALL))
        .as("it is paused already")
        .isEqualTo(new FlowControl.Change(Set.of(), Set.of()));
  }

  @Test
  void readsOnOnlyWhenHalfTheRoomIsFree() {
    FlowControl flow = new FlowControl(assembler, 10, 1000 * MEGABYTE);
    begin(0, 1);
    for (int i = 1; i <= 6; i++) {
      row(PA, 1, i, "x");
    }
    for (int i = 1; i <= 5; i++) {
      row(PB, 2, i, "y");
    }
    assertThat(flow.next(ALL).toPause()).containsExactly(PB);
    assembler.head().orElseThrow().release();
    row(PB, 2, 6, "y");
    assertThat(assembler.bufferedRows()).isEqualTo(6);
    assertThat(flow.isFull()).isFalse();
    assertThat(flow.next(ALL).toResume()).as("more than half is taken").isEmpty();
    assembler.applied(1);
    assembler.head().orElseThrow().release();
    assertThat(flow.next(ALL).toResume()).containsExactly(PB);
  }

  @Test
  void neverPausesWhatTheHeadBatchWaitsFor() {
    FlowControl flow = new FlowControl(assembler, 1, MEGABYTE);
    begin(0, 1);
    row(PA, 1, 1, "x");
    row(PA, 1, 2, "x");
    assertThat(flow.isFull()).isTrue();
    assertThat(flow.next(ALL).toPause()).isEmpty();
  }

  @Test
  void pausesOnlyPartitionsThatTheTaskHas() {
    FlowControl flow = new FlowControl(assembler, 1, MEGABYTE);
    begin(0, 1);
    row(PA, 2, 1, "x");
    row(PB, 2, 2, "x");
    assertThat(flow.next(Set.of(T, PA)).toPause()).containsExactly(PA);
  }

  @Test
  void nothingStaysPausedWhenPartitionsAreReadFromElsewhere() {
    FlowControl flow = new FlowControl(assembler, 1, MEGABYTE);
    begin(0, 1);
    row(PA, 2, 1, "x");
    row(PB, 2, 2, "x");
    assertThat(flow.next(ALL).toPause()).containsExactlyInAnyOrder(PA, PB);
    assertThat(flow.reset(Set.of(T, PB))).containsExactly(PB);
    assertThat(flow.reset(ALL)).isEmpty();
  }

  @Test
  void writesTheHeadAsItArrivesOnlyWhenItIsNextAndTakesTheRoom() {
    FlowControl flow = new FlowControl(assembler, 2, MEGABYTE);
    assembler.reset(5L);
    row(PA, 6, 1, "x");
    row(PA, 6, 2, "x");
    row(PA, 6, 3, "x");
    assertThat(flow.shouldStream(assembler.head().orElseThrow()))
        .as("no boundary of it is here")
        .isFalse();
    begin(5, 6);
    assertThat(flow.shouldStream(assembler.head().orElseThrow())).isTrue();
    assembler.head().orElseThrow().release();
    assertThat(flow.shouldStream(assembler.head().orElseThrow()))
        .as("nothing of it is left to write")
        .isFalse();
  }

  @Test
  void aBatchBehindAGapIsNotWrittenAsItArrives() {
    FlowControl flow = new FlowControl(assembler, 1, MEGABYTE);
    assembler.reset(3L);
    begin(5, 6);
    row(PA, 6, 1, "x");
    row(PA, 6, 2, "x");
    assertThat(flow.isFull()).isTrue();
    assertThat(flow.shouldStream(assembler.head().orElseThrow())).isFalse();
  }
}
