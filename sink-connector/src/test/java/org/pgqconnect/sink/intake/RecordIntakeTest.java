/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.wire.TopicNames;

/** What records are taken for, and why those that do not count are not. */
class RecordIntakeTest {
  private static final String A = "bank.public.a";
  private static final String TRANSACTION = "bank.transaction";

  private final NotApplied notApplied = new NotApplied();

  private RecordIntake intake(List<String> topics, String included) {
    TopicNames names = new TopicNames("bank");
    return new RecordIntake(
        names,
        "sink",
        new TopicOwnership(names, topics, null, TableFilter.parse(included)),
        notApplied);
  }

  private RecordIntake intake() {
    return intake(List.of(TRANSACTION, A), "");
  }

  private static SinkRecord record(String topic, Object value) {
    return new SinkRecord(topic, 2, null, null, null, value, 41);
  }

  private static Map<String, Object> row(String prefix, String queue, String table) {
    Map<String, Object> source = new HashMap<>();
    source.put("name", prefix);
    source.put("queue", queue);
    source.put("schema", "public");
    source.put("table", table);
    source.put("ev_id", 7);
    Map<String, Object> value = new HashMap<>();
    value.put("op", "c");
    value.put("source", source);
    value.put("transaction", Map.of("id", "5:1", "total_order", 1, "data_collection_order", 1));
    value.put("after", Map.of("id", 1));
    return value;
  }

  private static Boundary begin(String queue) {
    return new BatchBegin(new BatchId(5, 1), new BatchBounds(4, 5), queue, "provider", "identity");
  }

  private static BatchEnd end(Map<String, Long> counts) {
    return new BatchEnd(
        new BatchId(5, 1),
        new BatchBounds(4, 5),
        "q",
        "provider",
        "identity",
        "now",
        "1:1:",
        counts,
        List.of(),
        List.of());
  }

  private void assertNotApplied(Reason reason, long count) {
    assertThat(notApplied.byReason()).isEqualTo(Map.of(reason.label(), count));
  }

  @Test
  void aRowOfTheQueueIsARow() {
    Optional<Arrived> arrived = intake().read(record(A, row("bank", "q", "a")), "q");
    assertThat(arrived).containsInstanceOf(Arrived.Row.class);
    Arrived.Row row = (Arrived.Row) arrived.get();
    assertThat(row.change().batch()).isEqualTo(new BatchId(5, 1));
    assertThat(row.change().after().get("id")).isEqualTo(1);
    assertThat(notApplied.byReason()).isEmpty();
  }

  @Test
  void aRecordOfTheTransactionTopicIsABoundary() {
    Map<String, Object> value =
        Map.of(
            "status",
            "BEGIN",
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
            "queue_identity",
            "identity");
    assertThat(intake().read(record(TRANSACTION, value), null))
        .contains(new Arrived.BatchBoundary(begin("q")));
  }

  @Test
  void tombstonesAreCounted() {
    assertThat(intake().read(record(A, null), "q")).isEmpty();
    assertNotApplied(Reason.TOMBSTONE, 1);
  }

  @Test
  void rowsOfAnotherPrefixAreCounted() {
    assertThat(intake().read(record("bank.public.other", row("shop", "q", "a")), "q")).isEmpty();
    assertNotApplied(Reason.OTHER_PREFIX, 1);
  }

  @Test
  void aMirrorsRowsInTheTopicOfTheirTableAreTaken() {
    assertThat(intake().read(record(A, row("us.bank", "q", "a")), "q")).isPresent();
    assertThat(notApplied.byReason()).isEmpty();
  }

  @Test
  void boundariesOfAnotherPrefixAreCounted() {
    Map<String, Object> boundary = Map.of("status", "END", "id", "5:1");
    assertThat(intake().read(record("shop.transaction", boundary), "q")).isEmpty();
    assertNotApplied(Reason.OTHER_PREFIX, 1);
  }

  @Test
  void rowsOfAnotherQueueAreCounted() {
    assertThat(intake().read(record(A, row("bank", "q2", "a")), "q")).isEmpty();
    assertNotApplied(Reason.OTHER_QUEUE, 1);
  }

  @Test
  void theQueueOfBoundariesCountsMoreThanTheStoredOne() {
    RecordIntake intake = intake();
    assertThat(intake.follow(begin("q2"))).isTrue();
    assertThat(intake.read(record(A, row("bank", "q2", "a")), "q")).isPresent();
    assertThat(intake.read(record(A, row("bank", "q", "a")), "q")).isEmpty();
    assertNotApplied(Reason.OTHER_QUEUE, 1);
  }

  @Test
  void rowsOfAnotherQueueThatCameBeforeAnythingSaidWhichCountsAreReadAgain() {
    RecordIntake intake = intake();
    assertThat(intake.read(record(A, row("bank", "q2", "a")), null)).isPresent();
    assertThat(intake.follow(begin("q"))).isFalse();
    assertThat(intake.read(record(A, row("bank", "q2", "a")), null)).isEmpty();
    assertThat(intake.follow(begin("q"))).as("it was read again").isTrue();
    assertThat(intake.boundaries()).isEqualTo(2);
    assertNotApplied(Reason.OTHER_QUEUE, 1);
  }

  @Test
  void rowsOfTablesThatAreLeftOutAreCountedAndStillShowHowFarTheirTopicWasRead() {
    RecordIntake intake = intake(List.of(TRANSACTION, A), "public\\.b");
    assertThat(intake.read(record(A, row("bank", "q", "a")), "q")).isPresent();
    assertNotApplied(Reason.NOT_INCLUDED, 1);
  }

  @Test
  void rowsWhoseTopicIsNotReadAreCountedByTheirBatch() {
    RecordIntake intake = intake();
    assertThat(intake.follow(end(Map.of("public.a", 2L, "public.b", 3L)))).isTrue();
    assertNotApplied(Reason.NOT_SUBSCRIBED, 3);
  }

  @Test
  void aTableThatIsNamedMustHaveItsTopicRead() {
    RecordIntake intake = intake(List.of(TRANSACTION, A), "public\\.(a|b)");
    assertThatThrownBy(() -> intake.follow(end(Map.of("public.b", 3L))))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Batch (4, 5] holds 3 rows of table public.b")
        .hasMessageContaining("Add the topic to topics")
        .hasMessageContaining("table.include.list names the table, so the connector stops");
  }

  @Test
  void aRowInATopicOfAnotherNameStopsTheSink() {
    RecordIntake intake = intake();
    assertThatThrownBy(() -> intake.read(record(A, row("bank", "q", "b")), "q"))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Topic bank.public.a holds rows of table public.b")
        .hasMessageContaining("RegexRouter");
  }

  @Test
  void whatIsNoRecordOfOursIsNamedByItsPlace() {
    Map<String, Object> noTick = Map.of("status", "BEGIN", "id", "5:1");
    Map<String, Object> noProvider =
        Map.of("status", "BEGIN", "id", "5:1", "prev_tick_id", 4, "tick_id", 5, "queue", "q");
    Map<String, Object> noRow = row("bank", "q", "a");
    noRow.remove("after");
    assertNotOurs(TRANSACTION, noTick, "it has no 'tick_id' and 'prev_tick_id' fields");
    assertNotOurs(TRANSACTION, noProvider, "it lacks field 'provider'");
    assertNotOurs(A, noRow, "operation 'c' has no 'after' row");
    assertNotOurs(A, Map.of("id", 1), "it has no 'source' and 'op' fields");
    assertThat(notApplied.byReason()).isEmpty();
  }

  private void assertNotOurs(String topic, Object value, String why) {
    assertThatThrownBy(() -> intake().read(record(topic, value), "q"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "The record at topic %s, partition 2, offset 41 is not one that the pgq-connect source writes: %s"
                .formatted(topic, why));
  }

  @Test
  void aRecordIsKnownByThePartitionThatItHadBeforeAnyTransform() {
    SinkRecord routed =
        record(A, row("bank", "q", "a")).newRecord("elsewhere", 0, null, null, null, "value", null);
    assertThat(intake().partition(routed)).isEqualTo(new PartitionId(A, 2));
  }
}
