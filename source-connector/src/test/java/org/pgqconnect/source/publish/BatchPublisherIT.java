/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.connect.Await;
import org.pgqconnect.source.copy.CapturedTables;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.session.RetryException;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.wire.BoundarySchema;

/** What is handed over to the framework, page by page, over sessions that come and go. */
class BatchPublisherIT {

  /** Counts what the framework is asked for. */
  private static final class Transactions implements TransactionContext {
    private final List<SourceRecord> withRecord = new ArrayList<>();
    private int withoutRecord;

    @Override
    public void commitTransaction() {
      withoutRecord++;
    }

    @Override
    public void commitTransaction(SourceRecord last) {
      withRecord.add(last);
    }

    @Override
    public void abortTransaction() {
      throw new AssertionError("What is aborted is lost: its offsets are committed later");
    }

    @Override
    public void abortTransaction(SourceRecord last) {
      abortTransaction();
    }
  }

  static boolean isBoundary(SourceRecord record) {
    return record.topic().equals("p.transaction");
  }

  static boolean isEnd(SourceRecord record) {
    return isBoundary(record) && status(record).equals("END");
  }

  static String status(SourceRecord boundary) {
    return ((Struct) boundary.value()).getString("status");
  }

  private static List<String> rows(List<SourceRecord> records) {
    return records.stream()
        .filter(record -> !isBoundary(record))
        .map(record -> String.valueOf(((Struct) record.key()).get("id")))
        .toList();
  }

  private static void capture(TestSession session, String table) {
    session.run("create table " + table + " (id int primary key)");
    session.rows("select pgq_connect.add_table('q', ?::regclass, false)::text", table);
  }

  private static void tick(TestSession session) {
    session.run("select pgq.force_tick('q')");
    session.run("select pgq.ticker('q')");
  }

  @Test
  void goesOnAfterTheLastPageHandedOver() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Transactions transactions = new Transactions();
      List<SourceRecord> records = new ArrayList<>();
      Optional<SourceOffset> offset;
      try (QueueReader first =
          new QueueReader(database, Map.of(), Optional.empty(), transactions)) {
        session.run("insert into t values (0)");
        tick(session);
        // A batch with something of a copy starts over.
        assertThat(rows(first.rest())).containsExactly("0");
        session.run("insert into t select generate_series(1, 95)");
        tick(session);
        assertThat(first.publisher.leavesTransactionOpen()).isFalse();
        records.addAll(first.poll());
        records.addAll(first.poll());
        assertThat(first.publisher.leavesTransactionOpen()).isTrue();
        offset = Optional.of(first.publisher.offset());
      }
      session.run("select nextval('pgq_connect.attempt_seq')"); // another connector starts
      // There is more by now, but the batch that was begun stays as it is.
      session.run("insert into t select generate_series(96, 99)");
      tick(session);
      SourceOffset end;
      try (QueueReader second = new QueueReader(database, Map.of(), offset, transactions)) {
        List<SourceRecord> rest = second.rest();
        assertThat(rows(rest)).hasSize(75);
        records.addAll(rest);
        end = second.publisher.offset();
      }
      assertThat(rows(records)).hasSize(95).doesNotHaveDuplicates();
      // The second session says again what the table is.
      assertThat(
              records.stream().filter(BatchPublisherIT::isBoundary).map(BatchPublisherIT::status))
          .containsExactly("BEGIN", "TABLE", "END");
      Struct last = (Struct) records.get(records.size() - 1).value();
      assertThat(last.getInt64("event_count")).isEqualTo(95);

      // What was ended is not begun again, though the session had no time to finish it.
      assertThat(end.partial()).isEmpty();
      assertThat(end.tickId()).isEqualTo(last.getInt64("tick_id"));
      try (QueueReader third =
          new QueueReader(database, Map.of(), Optional.of(end), transactions)) {
        session.run("insert into t values (100)");
        tick(session);
        assertThat(rows(third.rest())).containsExactly("96", "97", "98", "99", "100");
      }
    }
  }

  private static List<SourceRecord> nextBatch(QueueReader reader, TestSession session)
      throws Exception {
    session.run("update t set id = id + 1");
    reader.poll(); // Looks, unless it did a short while ago.
    tick(session);
    return reader.rest();
  }

  /** A subscriber that came after their copies would not hear of those that do not change. */
  @Test
  void eachSessionDescribesTheTablesWithoutChangesOnceSomeInABatch() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      for (int i = 10; i < 24; i++) {
        capture(session, "q" + i);
      }
      capture(session, "left_out");
      capture(session, "gone");
      session.run("insert into t values (1)");
      session.run("update pgq_connect.table_copy set state = 'done'; drop table gone");
      session.run("create table whole (id int primary key) partition by range (id)");
      session.run("create table part partition of whole for values from (0) to (9)");
      session.rows("select pgq_connect.add_table('q', 'whole', false)::text");
      Map<String, String> keys =
          Map.of("table.include.list", "public.t,public.q.*,public.gone,public.whole");
      Optional<SourceOffset> offset = Optional.empty();
      for (int sessions = 0; sessions < 2; sessions++) {
        try (QueueReader reader = new QueueReader(database, keys, offset, null)) {
          assertThat(described(nextBatch(reader, session)))
              .hasSize(1 + CapturedTables.DESCRIBED_A_BATCH)
              .startsWith("public.t", "public.q10", "public.q11");
          assertThat(described(nextBatch(reader, session)))
              .containsExactly("public.q20", "public.q21", "public.q22", "public.q23");
          assertThat(described(nextBatch(reader, session))).isEmpty();
          offset = Optional.of(reader.publisher.offset());
        }
      }
    }
  }

  /** Without Kafka's transactions somebody else may have begun the batch in between. */
  @Test
  void beginsTheBatchAnewAfterAnotherTask() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Optional<SourceOffset> offset;
      try (QueueReader first = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into t select generate_series(1, 25)");
        tick(session);
        first.poll();
        assertThat(first.publisher.leavesTransactionOpen()).isFalse();
        offset = Optional.of(first.publisher.offset());
      }
      session.run("select nextval('pgq_connect.attempt_seq')");
      try (QueueReader second = new QueueReader(database, Map.of(), offset, null)) {
        assertThat(rows(second.rest())).hasSize(25);
      }
    }
  }

  /** An offset that a worker stored before it published more of the batch, and died. */
  private static Optional<SourceOffset> offsetWithinABatch(
      TestDatabase database, TestSession session, Map<String, String> keys) throws Exception {
    try (QueueReader reader = new QueueReader(database, keys, Optional.empty(), null)) {
      session.run("insert into t select generate_series(1, 25)");
      session.run("insert into u select generate_series(1, 5)");
      tick(session);
      assertThat(rows(reader.poll())).hasSize(10);
      SourceOffset offset = reader.publisher.offset();
      assertThat(offset.partial()).isPresent();
      assertThat(rows(reader.poll())).hasSize(10);
      return Optional.of(offset);
    }
  }

  private static long rowsThatEndCounts(List<SourceRecord> records) {
    return ((Struct) records.get(records.size() - 1).value()).getInt64("event_count");
  }

  /**
   * END would count what the stored offset knows of, and topics hold what was published beyond it.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "topic.prefix|p|20|30",
        "table.include.list|public.u|5|5",
        "table.include.list|public.t|25|25",
        "topic.prefix|other|30|30"
      })
  void beginsTheBatchAnewUnderAnotherConfiguration(
      String key, String value, int published, int counted) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      capture(session, "u");
      Optional<SourceOffset> offset = offsetWithinABatch(database, session, Map.of());
      try (QueueReader second = new QueueReader(database, Map.of(key, value), offset, null)) {
        List<SourceRecord> rest = second.rest();
        assertThat(rows(rest)).hasSize(published);
        assertThat(rowsThatEndCounts(rest)).isEqualTo(counted);
      }
    }
  }

  /** Rows under the one name are then not published any more. */
  @Test
  void beginsTheBatchAnewWhereTablesExchangedTheirNames() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      capture(session, "u");
      session.run("update pgq_connect.table_copy set state = 'done'");
      Optional<SourceOffset> offset = offsetWithinABatch(database, session, Map.of());
      session.run(
          "begin; alter table t rename to x; alter table u rename to t; alter table x rename to u;"
              + " commit");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      session.run("insert into t values (100)");
      tick(session);
      try (QueueReader second = new QueueReader(database, Map.of(), offset, null)) {
        List<SourceRecord> rest = second.rest();
        assertThat(rowsThatEndCounts(rest)).isEqualTo(rows(rest).size());
      }
    }
  }

  /** What a worker without transactions left may not be all that was published. */
  @Test
  void beginsTheBatchAnewWhenTransactionsAreTurnedOnAfterAnotherTask() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      capture(session, "u");
      Optional<SourceOffset> offset = offsetWithinABatch(database, session, Map.of());
      session.run("select nextval('pgq_connect.attempt_seq')");
      try (QueueReader second = new QueueReader(database, Map.of(), offset, new Transactions())) {
        assertThat(rows(second.rest())).hasSize(30);
      }
    }
  }

  @Test
  void leavesNoTransactionOpenWhileNothingIsPublished() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      capture(session, "u");
      Transactions transactions = new Transactions();
      Map<String, String> keys =
          Map.of("table.include.list", "public.t", "kafka.transaction.max.ms", "2000");
      try (QueueReader reader = new QueueReader(database, keys, Optional.empty(), transactions)) {
        session.run("insert into t values (1); insert into u select generate_series(1, 100)");
        tick(session);
        assertThat(rows(reader.poll())).containsExactly("1");
        assertThat(reader.publisher.leavesTransactionOpen()).isTrue();
        Thread.sleep(2010); // the limit, no pace
        assertThat(reader.poll()).isEmpty();
        assertThat(transactions.withoutRecord).isEqualTo(1);
        assertThat(reader.publisher.leavesTransactionOpen()).isFalse();
        assertThat(rows(reader.rest())).isEmpty();
      }
    }
  }

  private static boolean hasCopiedRows(List<SourceRecord> records) {
    return records.stream()
        .filter(record -> !isBoundary(record) && record.value() != null)
        .anyMatch(record -> ((Struct) record.value()).getString("op").equals("r"));
  }

  /** A chunk may take longer to read than Kafka keeps a transaction open. */
  @ParameterizedTest
  @CsvSource({"25, 0", "20, 15"})
  void commitsTheRowsOfALongBatchBeforeItReadsAChunk(int included, int leftOut) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      capture(session, "v");
      session.run("create table u (id int primary key); insert into u values (1)");
      Transactions transactions = new Transactions();
      Map<String, String> keys = Map.of("table.include.list", "public.t,public.u");
      try (QueueReader reader = new QueueReader(database, keys, Optional.empty(), transactions)) {
        int patience = reader.networkTimeout();
        session.rows("select pgq_connect.add_table('q', 'u')::text");
        List<SourceRecord> before = List.of();
        List<SourceRecord> records = List.of();
        boolean open = false;
        for (int batch = 0; !hasCopiedRows(records); batch++) {
          assertThat(batch).as("batches without a chunk").isLessThan(10);
          session.run(
              "insert into t select generate_series(%d, %d)"
                  .formatted(batch * 100, batch * 100 + included - 1));
          session.run(
              "insert into v select generate_series(%d, %d)"
                  .formatted(batch * 100, batch * 100 + leftOut - 1));
          tick(session);
          do {
            before = records;
            open = reader.publisher.leavesTransactionOpen();
            records = reader.poll();
            records.forEach(record -> reader.acknowledgements.acknowledged());
          } while (records.isEmpty() || !isEnd(records.get(records.size() - 1)));
        }
        assertThat(open).as("while the chunk was read").isFalse();
        assertThat(transactions.withRecord).contains(records.get(records.size() - 1));
        if (leftOut == 0) {
          assertThat(rows(before)).hasSize(5);
          assertThat(transactions.withRecord).contains(before.get(before.size() - 1));
        } else {
          assertThat(transactions.withoutRecord).isPositive();
        }
        assertThat(reader.networkTimeout()).isEqualTo(patience);
      }
    }
  }

  @Test
  void noticesThatSomebodyMovedItsConsumer() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Optional<SourceOffset> offset;
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into t values (1)");
        tick(session);
        session.run("select pgq.register_consumer('q', 'own')");
        session.run(
            "select pgq.register_consumer_at('q', 'own', (select max(tick_id) from pgq.tick))");
        session.run("insert into t values (2)");
        tick(session);
        assertThatThrownBy(reader::poll)
            .isInstanceOf(RetryException.class)
            .hasMessageMatching(
                "(?s)Consumer \"own\" of queue \"q\" is at tick \\d+, but this connector published"
                    + " up to tick \\d+: another program moved or removed"
                    + " it.*pgq.get_consumer_info\\('q'\\)");
        offset = Optional.of(reader.publisher.offset());
      }
      try (QueueReader again = new QueueReader(database, Map.of(), offset, null)) {
        assertThat(rows(again.rest())).contains("1");
      }
    }
  }

  private static Struct end(List<SourceRecord> records) {
    return (Struct) records.get(records.size() - 1).value();
  }

  private static String tickOf(Struct value) {
    return value.getInt64("tick_id") + " " + value.getString("tick_time");
  }

  private static List<String> startTicks(Struct end) {
    return end.getArray("start_ticks").stream().map(t -> tickOf((Struct) t)).toList();
  }

  @Test
  void aSessionNamesTheTicksThatSubscribersMayStandAtUntilABatchOfItsOwnTime() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Optional<SourceOffset> offset;
      try (QueueReader first = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into t values (0)");
        tick(session);
        first.rest();
        offset = Optional.of(first.publisher.offset());
      }
      for (int id = 1; id <= 3; id++) {
        session.run("insert into t values (" + id + ")");
        tick(session);
      }
      try (QueueReader second = new QueueReader(database, Map.of(), offset, null)) {
        List<SourceRecord> merged = second.rest();
        assertThat(rows(merged)).containsExactly("1", "2", "3");
        assertThat(startTicks(end(merged)))
            .hasSize(3)
            .first()
            .isEqualTo(offset.get().tickId() + " " + offset.get().tickTime());
        assertThat(end(merged).getInt64("tick_id")).isEqualTo(offset.get().tickId() + 3);

        session.run("insert into t values (4)");
        tick(session);
        Struct own = end(second.rest());
        assertThat(startTicks(own)).containsExactly(tickOf(end(merged)));

        for (int id = 5; id <= 6; id++) {
          session.run("insert into t values (" + id + ")");
          tick(session);
        }
        List<SourceRecord> later = second.rest();
        assertThat(rows(later)).containsExactly("5", "6");
        assertThat(end(later).getArray("start_ticks")).isNull();
      }
    }
  }

  /** A provider that lost history makes another tick of the same number. */
  @Test
  void beginsTheBatchAnewWhereItsTickWasMadeAtAnotherTime() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Transactions transactions = new Transactions();
      Optional<SourceOffset> offset;
      try (QueueReader first =
          new QueueReader(database, Map.of(), Optional.empty(), transactions)) {
        session.run("insert into t select generate_series(1, 25)");
        tick(session);
        first.poll();
        offset = Optional.of(first.publisher.offset());
        assertThat(offset.get().partial()).isPresent();
      }
      session.run(
          "update pgq.tick set tick_time = tick_time + interval '1 second'"
              + " where tick_id = (select max(tick_id) from pgq.tick)");
      try (QueueReader second = new QueueReader(database, Map.of(), offset, transactions)) {
        assertThat(rows(second.rest())).hasSize(25);
      }
    }
  }

  private static List<String> described(List<SourceRecord> records) {
    return records.stream()
        .filter(BatchPublisherIT::isBoundary)
        .map(record -> BoundarySchema.read(record.value()))
        .filter(BatchTable.class::isInstance)
        .map(table -> ((BatchTable) table).table().table().toString())
        .toList();
  }

  private static List<String> marks(List<SourceRecord> records) {
    Struct end = (Struct) records.get(records.size() - 1).value();
    return end.getArray("copies").stream()
        .map(Struct.class::cast)
        .filter(copy -> !copy.getBoolean("with_rows") && copy.getBoolean("first"))
        .map(copy -> copy.getString("schema") + "." + copy.getString("table"))
        .toList();
  }

  @Test
  void theFirstBatchOfMarkedTablesTellsOfAllOfThem() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        for (String table : List.of("a", "b", "c", "d")) {
          capture(session, table);
        }
        session.run("insert into b values (1); insert into d values (1)");
        tick(session);
        List<SourceRecord> first = reader.rest();
        assertThat(rows(first)).hasSize(2);
        assertThat(marks(first)).containsExactly("public.a", "public.b", "public.c", "public.d");
        // Once Kafka has them they are not told again.
        session.run("insert into a values (2)");
        tick(session);
        List<SourceRecord> second = reader.rest();
        assertThat(marks(second)).isEmpty();
        // An ALTER TABLE before their first row has something that it is compared with.
        assertThat(Stream.concat(described(first).stream(), described(second).stream()))
            .containsExactlyInAnyOrder("public.a", "public.b", "public.c", "public.d");
        assertThat(session.rows("select distinct state from pgq_connect.table_copy"))
            .containsExactly("done");
      }
    }
  }

  private static List<String> toCome(List<SourceRecord> records) {
    return records.stream()
        .filter(BatchPublisherIT::isBoundary)
        .map(record -> BoundarySchema.read(record.value()))
        .filter(BatchEnd.class::isInstance)
        .flatMap(end -> ((BatchEnd) end).copies().stream())
        .filter(CopyProgress::isToCome)
        .map(copy -> copy.table().toString())
        .toList();
  }

  /** Subscribers cannot apply such rows before the copy begins. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pgq_connect.remove_table('q', 'a'); insert into a values (5); select"
            + " pgq_connect.add_table('q', 'a')",
        "select pgq_connect.request_copy('q', 'public', 'a')"
      })
  void rowsOfATableThatMissedChangesTellOfTheCopyThatIsToCome(String back) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "a");
      capture(session, "b");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into a values (1); insert into b values (1)");
        tick(session);
        assertThat(toCome(reader.rest())).isEmpty();
        session.run(back);
        session.run("insert into a values (2); insert into b values (2)");
        tick(session);
        List<SourceRecord> records = new ArrayList<>(reader.rest());
        assertThat(toCome(records)).containsOnly("public.a");
        for (int i = 3; i < 9 && copying(session); i++) {
          session.run("insert into a values (" + 10 * i + ")");
          tick(session);
          records = reader.rest();
        }
        assertThat(copying(session)).as("copied by now").isFalse();
        session.run("insert into a values (1000)");
        tick(session);
        assertThat(toCome(reader.rest())).as("the copy has begun").isEmpty();
      }
    }
  }

  private static boolean copying(TestSession session) {
    return session
        .text("select count(*) from pgq_connect.table_copy where state in ('requested', 'copying')")
        .equals("1");
  }

  @Test
  void aTableMarkedWhileTheBatchIsReadIsToldOfNoLaterThanItsFirstRow() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into t select generate_series(1, 25)");
        tick(session);
        reader.poll().forEach(record -> reader.acknowledgements.acknowledged());
        capture(session, "u");
        session.run("insert into u values (7)");
        tick(session);
        assertThat(marks(reader.rest())).containsExactly("public.t", "public.u");
        assertThat(rows(reader.rest())).containsExactly("7");
      }
    }
  }

  /** It goes on where another task left it, and may hold the first rows of a table. */
  @Test
  void aBatchThatIsContinuedTellsOfMarks() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Transactions transactions = new Transactions();
      Optional<SourceOffset> offset;
      try (QueueReader first =
          new QueueReader(database, Map.of(), Optional.empty(), transactions)) {
        session.run("insert into t select generate_series(1, 25)");
        tick(session);
        first.poll();
        offset = Optional.of(first.publisher.offset());
        assertThat(offset.get().partial()).isPresent();
      }
      try (QueueReader second = new QueueReader(database, Map.of(), offset, transactions)) {
        List<SourceRecord> rest = second.rest();
        assertThat(rows(rest)).hasSize(15);
        assertThat(marks(rest)).containsExactly("public.t");
      }
    }
  }

  @Test
  void marksOfTablesWithoutRowsAreToldOfTooAndByPortions() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "z");
      session.run(
          "insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state)"
              + " select 'q', 'public', 'a' || i, 'none' from generate_series(1, 700) i");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into z values (1)");
        tick(session);
        assertThat(marks(reader.rest())).hasSize(501).contains("public.z");
        tick(session);
        assertThat(marks(reader.rest())).hasSize(200);
      }
    }
  }

  @Test
  void aTableThatIsAddedAndLeftOutWhileTheSessionRunsIsNotedBeforeItsRowsArePassed()
      throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      Map<String, String> keys = Map.of("table.include.list", "public.t");
      try (QueueReader reader = new QueueReader(database, keys, Optional.empty(), null)) {
        capture(session, "u");
        session.run("insert into u values (0); insert into t select generate_series(1, 25)");
        tick(session);
        reader.poll();
        // An offset within the batch would say that the row is done with.
        assertThat(reader.publisher.offset().partial()).isEmpty();
        assertThat(rows(reader.rest())).hasSize(16);
        assertThat(session.rows("select table_name, consumer from pgq_connect.left_out"))
            .containsExactly("u|own");
      }
      try (QueueReader again = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        assertThat(again.publisher.inTransaction()).isFalse();
        assertThat(session.text("select state from pgq_connect.table_copy where table_name = 'u'"))
            .isEqualTo("requested");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alter table t rename to x; insert into x values (7); alter table x rename to t|it had"
            + " another name for a while",
        "alter table t set schema s; insert into s.t values (7); alter table s.t set schema"
            + " public|it had another name",
        "alter table t drop constraint t_pkey; insert into t values (7); alter table t add primary"
            + " key (id)|it had no primary key for a while",
        "begin; alter table t rename to x; alter table other rename to t; alter table x rename to"
            + " other; insert into other values (7); alter table other rename to x; alter table t"
            + " rename to other; alter table x rename to t; commit|it had another name"
      })
  void changesThatATablesNameOrKeyKeepsBackAreNotedBeforeLaterOnesArePublished(
      String what, String detail) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      capture(session, "other");
      session.run("create schema s; update pgq_connect.table_copy set state = 'done'");
      Map<String, String> keys = Map.of("table.include.list", "public.t,public.other");
      try (QueueReader reader = new QueueReader(database, keys, Optional.empty(), null)) {
        session.run(what);
        session.run("insert into other select generate_series(1, 25)");
        tick(session);
        reader.poll();
        assertThat(reader.publisher.inTransaction()).isTrue();
        assertThat(reader.publisher.takeMissed()).as("a reason to look at the tables").isTrue();
        assertThat(reader.publisher.takeMissed()).as("once").isFalse();
        assertThat(
                session.rows(
                    "select table_name, state, detail from pgq_connect.capture_status('q') where"
                        + " state <> 'layout changed'"))
            .anySatisfy(state -> assertThat(state).startsWith("t|changes missed|" + detail))
            .anySatisfy(state -> assertThat(state).startsWith("other|ok"));
        assertThat(rows(reader.rest())).hasSize(16);
      }
      session.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
      assertThat(session.rows("select state from pgq_connect.capture_status('q')"))
          .doesNotContain("changes missed");
    }
  }

  /** Whoever subscribes under the name that the table is known by does not get them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "alter table t rename to x; insert into x values (7); alter table x rename to t",
        "alter schema a rename to b; insert into b.u values (7); alter schema b rename to a"
      })
  void changesThatArePublishedUnderAnotherNameForAWhileAreNoted(String what) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      session.run("create schema a; create table a.u (id int primary key)");
      session.rows("select pgq_connect.add_table('q', 'a.u')::text");
      session.run("update pgq_connect.table_copy set state = 'done'");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run(what);
        tick(session);
        assertThat(rows(reader.rest())).hasSize(1);
        assertThat(reader.publisher.takeMissed()).isTrue();
      }
      String known = what.contains("schema") ? "u" : "t";
      assertThat(
              session.rows(
                  "select table_name, state, detail from pgq_connect.capture_status('q') where"
                      + " state <> 'layout changed'"))
          .anySatisfy(
              state ->
                  assertThat(state)
                      .isEqualTo(
                          known
                              + "|changes missed|it had another name for a while, and its changes"
                              + " were left out, or published, under that name"));
    }
  }

  /** Their events bear the name of the whole, and their columns its numbers. */
  @ParameterizedTest
  @CsvSource({".*, 3", "public\\.(n|like_it), 1"})
  void changesOfPartitionsCapturedByThemselvesAreNotedWhenTheWholeHadAnotherNameForAWhile(
      String included, int published) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "like_it");
      session.run(
          "create table n (id int primary key) partition by range (id); create table n1 partition"
              + " of n for values from (1) to (10); create table n2 partition of n for values from"
              + " (10) to (20)");
      session.rows("select pgq_connect.add_table('q', 'n1')::text");
      session.rows("select pgq_connect.add_table('q', 'n2')::text");
      session.run("update pgq_connect.table_copy set state = 'done'");
      try (QueueReader reader =
          new QueueReader(
              database, Map.of("table.include.list", included), Optional.empty(), null)) {
        session.run("alter table n rename to x");
        try (TestSession another = database.open()) {
          another.run("insert into x values (7), (17); insert into like_it values (1)");
        }
        session.run("alter table x rename to n");
        tick(session);
        assertThat(rows(reader.rest())).hasSize(published);
        assertThat(reader.publisher.takeMissed()).isTrue();
      }
      assertThat(
              session.rows(
                  "select table_name, state from pgq_connect.capture_status('q') where state <>"
                      + " 'layout changed' order by 1"))
          .containsExactly("like_it|ok", "n|changes missed", "n|changes missed");
    }
  }

  /** Its earlier changes come under the name that it was known by. */
  @Test
  void changesBeforeATableWasAddedUnderItsNewNameAreNotMissed() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      session.run("insert into t values (1); alter table t rename to x");
      session.rows("select pgq_connect.add_table('q', 'x')::text");
      session.run("update pgq_connect.table_copy set state = 'done' where state = 'requested'");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        tick(session);
        assertThat(rows(reader.rest())).hasSize(1);
        assertThat(reader.publisher.takeMissed()).isFalse();
      }
      assertThat(session.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("ok");
    }
  }

  @Test
  void aTableMayBeRemovedWhileItsCopyIsDue() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      session.run("create table u (id int primary key)");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into u values (1)");
        session.rows("select pgq_connect.add_table('q', 'u')::text");
        session.run("insert into t select generate_series(1, 25)");
        tick(session);
        reader.poll();
        session.rows("select pgq_connect.remove_table('q', 'u')::text");
        assertThat(rows(reader.rest())).hasSize(15);
      }
    }
  }

  /** Polls and ticks until a definition of table t with a column came; the batches are finished. */
  private static List<SourceRecord> untilDefined(
      QueueReader reader, TestSession session, String column) {
    List<SourceRecord> all = new ArrayList<>();
    Await.atMost(Duration.ofMinutes(2), "a definition with column " + column)
        .every(Duration.ofMillis(200))
        .until(
            () -> {
              tick(session);
              List<SourceRecord> records = reader.poll();
              records.forEach(record -> reader.acknowledgements.acknowledged());
              all.addAll(records);
              return all.stream().anyMatch(record -> defines(record, column))
                  && isEnd(all.get(all.size() - 1));
            });
    return all;
  }

  private static boolean defines(SourceRecord record, String column) {
    return isBoundary(record)
        && status(record).equals("TABLE")
        && ((Struct) record.value())
            .getStruct("table").getArray("columns").stream()
                .anyMatch(defined -> ((Struct) defined).getString("name").equals(column));
  }

  @Test
  void anAlteredTableIsToldOfThoughNobodyWritesToIt() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      SourceOffset offset;
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into t values (1)");
        tick(session);
        reader.rest();

        session.run("alter table t add column b int default 5");
        session.rows("select pgq_connect.refresh_table('q', 't')::text");
        List<SourceRecord> records = untilDefined(reader, session, "b");
        assertThat(rows(records)).isEmpty();
        assertThat(records.stream().filter(record -> defines(record, "b"))).hasSize(1);
        offset = reader.publisher.offset();
      }
      // Altered, and the connector ended before it looked.
      session.run("alter table t add column c int default 6");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      try (QueueReader again = new QueueReader(database, Map.of(), Optional.of(offset), null)) {
        assertThat(rows(untilDefined(again, session, "c"))).isEmpty();
      }
    }
  }

  @Test
  void aLayoutIsNotToldOfAfterTheRowsOfItsSuccessor() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      session.run("alter table t add column b int default 5");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        reader.poll(); // It looks, and no tick follows yet.
        session.run("alter table t add column c int default 6");
        session.run("insert into t values (2)");
        tick(session);
        assertThat(reader.rest().stream().filter(record -> defines(record, "b")))
            .isNotEmpty()
            .allMatch(record -> defines(record, "c"));
      }
    }
  }

  /** What the table was last refreshed for is older than what its rows were captured with. */
  @Test
  void anOutdatedLayoutIsNotToldOf() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      SourceOffset offset;
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        session.run("insert into t values (1)");
        session.run("alter table t add column b int default 5");
        session.run("insert into t values (2)");
        tick(session);
        assertThat(reader.rest().stream().filter(record -> defines(record, "b"))).hasSize(1);
        offset = reader.publisher.offset();
      }
      try (QueueReader again = new QueueReader(database, Map.of(), Optional.of(offset), null)) {
        session.run("insert into t values (3)");
        tick(session);
        assertThat(
                again.rest().stream()
                    .filter(record -> isBoundary(record) && status(record).equals("TABLE")))
            .isNotEmpty()
            .allMatch(record -> defines(record, "b"));
      }
    }
  }

  @Test
  void anAlteredTableIsToldOfAfterTheRowsFromBefore() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t");
      session.run("insert into t values (1)");
      tick(session);
      session.run("insert into t values (2)");
      session.run("alter table t add column b int default 5");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      try (QueueReader reader = new QueueReader(database, Map.of(), Optional.empty(), null)) {
        List<SourceRecord> records = untilDefined(reader, session, "b");
        assertThat(rows(records)).containsExactly("1", "2");
        List<SourceRecord> definitions =
            records.stream()
                .filter(record -> isBoundary(record) && status(record).equals("TABLE"))
                .toList();
        assertThat(definitions).hasSize(2);
        assertThat(defines(definitions.get(0), "b")).isFalse();
        assertThat(records.indexOf(definitions.get(1)))
            .isGreaterThan(
                records.indexOf(
                    records.stream().filter(r -> !isBoundary(r)).reduce((a, b) -> b).get()));
      }
    }
  }
}
