/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.sink.apply.ReadAgainException;
import org.pgqconnect.sink.apply.Subscriber;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.intake.RecordIntake;
import org.pgqconnect.sink.intake.TopicOwnership;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.time.ManualClock;
import org.pgqconnect.wire.TopicNames;

class ArrivalsTest {
  private static final TopicNames NAMES = new TopicNames("bank");
  private static final String A = "bank.public.a";
  private static final PartitionId PA = new PartitionId(A, 0);

  private final NotApplied notApplied = new NotApplied();
  private final TopicOwnership ownership =
      new TopicOwnership(NAMES, List.of(NAMES.transaction(), A), null, TableFilter.parse(""));
  private final BatchAssembler batches = new BatchAssembler(ownership, notApplied);
  private final Memory memory =
      new Memory(batches, new ReadOffsets(), new FlowControl(batches, 10, 1_000_000));
  private final Subscriber subscriber =
      new Subscriber(
          new SubscriberSession.Settings(
              new ConnectionConfig("h", 5432, "d", "u", null, "prefer", new Properties()),
              "subscription",
              0,
              0,
              0,
              0),
          NAMES,
          ownership,
          new ManualClock());
  private final Arrivals arrivals =
      new Arrivals(
          new RecordIntake(NAMES, "sink", ownership, notApplied), subscriber, memory, notApplied);

  private static SinkRecord row(long offset, String queue, long order) {
    Map<String, Object> source =
        Map.of("name", "bank", "queue", queue, "schema", "public", "table", "a", "ev_id", order);
    Map<String, Object> value =
        Map.of(
            "op",
            "c",
            "source",
            source,
            "transaction",
            Map.of("id", "5:1", "total_order", order, "data_collection_order", order),
            "after",
            Map.of("id", order));
    return new SinkRecord(A, 0, null, null, null, value, offset);
  }

  private static SinkRecord end(long offset, String table, long rows) {
    Map<String, Object> value =
        Map.of(
            "status",
            "END",
            "id",
            "5:1",
            "prev_tick_id",
            4,
            "tick_id",
            5,
            "queue",
            "q",
            "provider",
            "provider",
            "tick_time",
            "now",
            "snapshot",
            "1:1:",
            "data_collections",
            List.of(Map.of("data_collection", table, "event_count", rows)));
    return new SinkRecord(NAMES.transaction(), 0, null, null, null, value, offset);
  }

  private int complete() {
    return batches.complete(100, Set.of(TableId.parse("public.a"))).size();
  }

  @Test
  void rowsAndBoundariesMakeABatch() {
    arrivals.take(row(7, "q", 1), false);
    arrivals.take(end(3, "public.a", 2), false);
    assertThat(complete()).isZero();
    arrivals.take(row(8, "q", 2), false);
    assertThat(complete()).isEqualTo(1);
    assertThat(arrivals.boundaries()).isEqualTo(1);
    assertThat(memory.safeOffsets().now())
        .isEqualTo(Map.of(PA, 7L, new PartitionId(NAMES.transaction(), 0), 3L));
    assertThat(memory.safeOffsets().after(5))
        .isEqualTo(Map.of(PA, 9L, new PartitionId(NAMES.transaction(), 0), 4L));
  }

  @Test
  void recordsThatWereAskedForAgainChangeNothing() {
    arrivals.take(row(7, "q", 1), false);
    arrivals.take(row(7, "q", 1), true);
    assertThat(batches.bufferedRows()).isEqualTo(1);
    assertThat(notApplied.byReason()).isEmpty();
  }

  @Test
  void aPartitionThatBeginsAnewIsReadAndItsRowsCountOnce() {
    arrivals.take(row(7, "q", 1), false);
    arrivals.take(row(0, "q", 1), false);
    assertThat(memory.offsets().next(PA)).isEqualTo(1);
    assertThat(batches.bufferedRows()).isEqualTo(1);
    assertThat(notApplied.byReason()).isEqualTo(Map.of(Reason.DUPLICATE.label(), 1L));
  }

  @Test
  void rowsOfAnotherQueueThatWereTakenInHaveTheTopicsReadAgain() {
    arrivals.take(row(7, "another", 1), false);
    SinkRecord end = end(3, "public.a", 1);
    assertThatThrownBy(() -> arrivals.take(end, false)).isInstanceOf(ReadAgainException.class);
  }

  @Test
  void aBoundaryThatCountsNoTableIsNamed() {
    SinkRecord end = end(3, "public.", 1);
    assertThatThrownBy(() -> arrivals.take(end, false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("topic bank.transaction, partition 0, offset 3")
        .hasMessageContaining("'public.' is not a table name");
  }
}
