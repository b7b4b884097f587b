/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * A worker without Kafka's transactions dies while tables are copied, and the offset that it left
 * is older than what it published: subscribers stand anywhere between the two.
 */
class CopyAfterCrashIT {
  private static final Map<String, String> KEYS =
      Map.of(
          "copy.chunk.rows", "10", "batch.merge.events", "1", "heartbeat.interval.ms", "3600000");

  /** A row of table t in the topics; without a value where it was deleted. */
  private record Row(String operation, int id, Integer value) {}

  /** A batch in the topics that has its END. */
  private record Batch(long prevTick, long tick, List<Row> rows, Optional<Struct> copy) {
    private boolean isToCome() {
      return copy.filter(c -> !c.getBoolean("first") && !c.getBoolean("with_rows")).isPresent();
    }
  }

  private enum Stage {
    EXPECTING_COPY,
    COPYING,
    CATCHING_UP,
    OK
  }

  /** What a sink makes of the topics. */
  private static final class Subscriber {
    private final int haste;
    private final Map<Integer, Integer> rows = new TreeMap<>();
    private final Set<Integer> brought = new HashSet<>();
    private final Deque<Batch> pending = new ArrayDeque<>();
    private long position;
    private long lastAttempt;
    private Stage stage = Stage.EXPECTING_COPY;
    private long copyId;
    private long consistentTick;
    private boolean skipped;

    Subscriber(long position, int haste) {
      this.position = position;
      this.haste = haste;
    }

    void begins(long attempt, long prevTick) {
      if (attempt > lastAttempt) {
        pending.removeIf(batch -> batch.tick > prevTick);
        lastAttempt = attempt;
      }
    }

    void applyAll() {
      while (!pending.isEmpty()) {
        apply(pending.remove());
      }
    }

    void applySome(Random random) {
      for (int i = random.nextInt(haste); i > 0 && !pending.isEmpty(); i--) {
        apply(pending.remove());
      }
    }

    private void apply(Batch batch) {
      if (batch.tick <= position) {
        return;
      }
      assertThat(batch.prevTick).isLessThanOrEqualTo(position);
      position = batch.tick;
      boolean first = batch.copy.filter(copy -> copy.getBoolean("first")).isPresent();
      boolean expected = stage == Stage.EXPECTING_COPY;
      if (batch.isToCome() && batch.copy.get().getInt64("copy_id") > copyId) {
        stage = Stage.EXPECTING_COPY;
        skipped |= !expected;
      }
      if (first) {
        brought.clear();
        stage = Stage.COPYING;
        copyId = batch.copy.get().getInt64("copy_id");
      }
      if (stage == Stage.EXPECTING_COPY) {
        return;
      }
      for (Row row : batch.rows) {
        boolean copied = row.operation.equals("r");
        if (copied || !first || !expected) {
          write(row, copied || !first);
        }
      }
      if (stage == Stage.COPYING
          && batch.copy.isPresent()
          && batch.copy.get().getInt64("copy_id") == copyId
          && batch.copy.get().getBoolean("last")) {
        stage = Stage.CATCHING_UP;
        consistentTick = batch.copy.get().getInt64("consistent_tick_id");
      }
      if (stage == Stage.CATCHING_UP && position >= consistentTick) {
        stage = Stage.OK;
        rows.keySet().retainAll(brought);
      }
    }

    private void write(Row row, boolean brings) {
      if (row.value == null) {
        rows.remove(row.id);
        brought.remove(row.id);
      } else {
        rows.put(row.id, row.value);
        if (brings) {
          brought.add(row.id);
        }
      }
    }
  }

  private static void tick(TestSession session) {
    session.run("select pgq.force_tick('q')");
    session.run("select pgq.ticker('q')");
  }

  private static long newestTick(TestSession session) {
    return Long.parseLong(session.text("select max(tick_id)::text from pgq.tick"));
  }

  private static Struct end(List<SourceRecord> records) {
    return (Struct) records.get(records.size() - 1).value();
  }

  private static Optional<Struct> copyOf(Struct end, String table) {
    return end.getArray("copies").stream()
        .map(Struct.class::cast)
        .filter(copy -> copy.getString("table").equals(table))
        .findFirst();
  }

  private static long copied(List<SourceRecord> records) {
    return records.stream()
        .filter(record -> !BatchPublisherIT.isBoundary(record))
        .filter(record -> ((Struct) record.value()).getString("op").equals("r"))
        .count();
  }

  /** A provider with its topics and the subscribers that read them. */
  private static final class World implements AutoCloseable {
    private final Random random;
    private final TestDatabase database;
    private final TestSession session;
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final List<SourceOffset> stored = new ArrayList<>();
    private QueueReader reader;

    World(long seed) throws Exception {
      random = new Random(seed);
      database = TestServer.EMBEDDED.newDatabase().withQueue();
      session = database.open();
      session.run("create table t (id int primary key, v int)");
      session.run("insert into t select i * 10, 0 from generate_series(1, 200) i");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      reader = new QueueReader(database, KEYS, Optional.empty(), null);
      stored.add(reader.publisher.offset());
      for (int haste = 2; haste <= 8; haste += 2) {
        subscribers.add(new Subscriber(stored.get(0).tickId(), haste));
      }
    }

    void write() {
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        int id = random.nextInt(2100);
        session.run(
            random.nextInt(4) == 0
                ? "delete from t where id = (select min(id) from t where id > %d)".formatted(id)
                : "insert into t values (%d, %d) on conflict (id) do update set v = excluded.v"
                    .formatted(id, random.nextInt(1000)));
      }
      session.run("insert into t values (-1, 0) on conflict (id) do update set v = t.v + 1");
      tick(session);
    }

    private void heard(List<SourceRecord> records) {
      SourceRecord begin = records.isEmpty() ? null : records.get(0);
      if (begin != null
          && BatchPublisherIT.isBoundary(begin)
          && BatchPublisherIT.status(begin).equals("BEGIN")) {
        Struct value = (Struct) begin.value();
        long attempt = BatchId.parse(value.getString("id")).attempt();
        subscribers.forEach(s -> s.begins(attempt, value.getInt64("prev_tick_id")));
      }
    }

    void publish() throws Exception {
      List<SourceRecord> records = reader.rest();
      heard(records);
      deliver(records);
      stored.add(reader.publisher.offset());
    }

    private void deliver(List<SourceRecord> records) {
      List<Row> rows = new ArrayList<>();
      for (SourceRecord record : records) {
        if (!BatchPublisherIT.isBoundary(record)) {
          Struct value = (Struct) record.value();
          Struct after = value.getStruct("after");
          rows.add(
              new Row(
                  value.getString("op"),
                  ((Struct) record.key()).getInt32("id"),
                  after == null ? null : after.getInt32("v")));
        }
      }
      Struct end = end(records);
      Batch batch =
          new Batch(end.getInt64("prev_tick_id"), end.getInt64("tick_id"), rows, copyOf(end, "t"));
      subscribers.forEach(s -> s.pending.add(batch));
    }

    void subscribersGoOn() {
      subscribers.forEach(s -> s.applySome(random));
    }

    /** Kafka may have all, a part or nothing of the batch; the session has not finished it. */
    void crash() throws Exception {
      switch (random.nextInt(4)) {
        case 0:
          heard(reader.poll());
          break;
        case 1:
          heard(reader.rest());
          break;
        case 2:
          List<SourceRecord> records = reader.rest();
          heard(records);
          deliver(records);
          break;
        default:
          break;
      }
      reader.close();
      subscribersGoOn();
      int last = stored.size() - 1;
      int at = Math.max(0, last - random.nextInt(6));
      stored.subList(at + 1, stored.size()).clear();
      reader = new QueueReader(database, KEYS, Optional.of(stored.get(at)), null);
      for (int again = random.nextInt(4); again > 0 && isBehind(); again--) {
        publish();
      }
    }

    private boolean isBehind() {
      return stored.get(stored.size() - 1).tickId() < newestTick(session);
    }

    String copyState() {
      return session.text("select state from pgq_connect.table_copy where table_name = 't'");
    }

    void copyAgain() {
      session.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
    }

    void untilCopied() throws Exception {
      for (int after = 0; after < 3; after += copyState().equals("done") ? 1 : 0) {
        write();
        publish();
        subscribersGoOn();
      }
    }

    void requireEqual() throws Exception {
      while (isBehind()) {
        publish();
      }
      Map<Integer, Integer> rows = new TreeMap<>();
      for (String row : session.rows("select id, v from t")) {
        String[] values = row.split("\\|");
        rows.put(Integer.valueOf(values[0]), Integer.valueOf(values[1]));
      }
      for (Subscriber subscriber : subscribers) {
        subscriber.applyAll();
        assertThat(subscriber.stage).isEqualTo(Stage.OK);
        assertThat(subscriber.rows).isEqualTo(rows);
      }
    }

    @Override
    public void close() throws SQLException {
      reader.close();
      session.close();
      database.close();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whereverItDiesEverySubscriberHasAllRowsInTheEnd(long seed) throws Exception {
    try (World world = new World(seed)) {
      for (int copies = 0; copies < 3; copies++) {
        for (int step = 0; step < 25; step++) {
          world.write();
          if (world.random.nextInt(5) == 0) {
            world.crash();
          } else {
            world.publish();
          }
          world.subscribersGoOn();
        }
        world.untilCopied();
        world.requireEqual();
        world.copyAgain();
      }
      assertThat(world.subscribers).as("waited for a copy").anyMatch(s -> s.skipped);
    }
  }

  /** The next batch that tells of the table's copy, with what came before it; Kafka has it then. */
  private static List<SourceRecord> untilCopied(TestSession session, QueueReader reader)
      throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    while (records.isEmpty()
        || !BatchPublisherIT.isEnd(records.get(records.size() - 1))
        || copyOf(end(records), "t").isEmpty()) {
      if (records.isEmpty() || BatchPublisherIT.isEnd(records.get(records.size() - 1))) {
        tick(session); // A copy waits for one that is newer than it.
      }
      records.addAll(confirmed(reader));
    }
    return records;
  }

  private static long copied(TestSession session, QueueReader reader) throws Exception {
    return copied(untilCopied(session, reader));
  }

  private static List<SourceRecord> confirmed(QueueReader reader) throws Exception {
    List<SourceRecord> records = reader.poll();
    records.forEach(record -> reader.acknowledgements.acknowledged());
    return records;
  }

  /** What is published up to the newest tick; Kafka has it then. */
  private static List<SourceRecord> untilNewestTick(QueueReader reader) throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    for (int idle = 0; idle < 2; ) {
      List<SourceRecord> more = confirmed(reader);
      idle = more.isEmpty() ? idle + 1 : 0;
      records.addAll(more);
    }
    return records;
  }

  private static void keepCopies(TestSession session, int rows) {
    session.run("create table t (id int primary key, v int)");
    session.run("insert into t select i, 0 from generate_series(1, " + rows + ") i");
    session.rows("select pgq_connect.add_table('q', 't')::text");
  }

  private static String stateOf(TestSession session, String table) {
    return session.text(
        "select state || ' ' || copy_id || ' ' || coalesce(last_key::text, '') || ' ' ||"
            + " rows_copied from pgq_connect.table_copy where table_name = '"
            + table
            + "'");
  }

  @Test
  void whatSubscribersMayHaveAlreadyCarriesNoChunkAndLaterBatchesGoOnWhereTheyAre()
      throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      keepCopies(session, 100);
      Optional<SourceOffset> offset;
      try (QueueReader first = new QueueReader(database, KEYS, Optional.empty(), null)) {
        assertThat(copied(session, first)).isEqualTo(10);
        assertThat(copied(session, first)).isEqualTo(10);
        offset = Optional.of(first.publisher.offset());
        assertThat(copied(session, first)).isEqualTo(10);
        session.run("update t set v = 1 where id = 1");
        assertThat(copied(session, first)).isEqualTo(10);
        assertThat(copied(session, first)).isEqualTo(10);
      }
      try (QueueReader second = new QueueReader(database, KEYS, offset, null)) {
        assertThat(stateOf(session, "t")).isEqualTo("copying 1 {20} 20");
        List<SourceRecord> again = untilNewestTick(second);
        assertThat(again).isNotEmpty();
        assertThat(copied(again)).isZero();
        assertThat(again.stream().filter(BatchPublisherIT::isEnd))
            .allSatisfy(end -> assertThat(((Struct) end.value()).getArray("copies")).isEmpty());
        // It asks for a tick, as nothing may come on an idle queue.
        assertThat(second.asksForTick()).isTrue();
        for (int chunk = 0; chunk < 8; chunk++) {
          assertThat(copied(session, second)).isEqualTo(10);
        }
      }
    }
  }

  @Test
  void aCopyThatBeganOrHadAllRowsAfterTheOffsetBeginsAnew() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      keepCopies(session, 35);
      List<SourceOffset> offsets = new ArrayList<>();
      try (QueueReader first = new QueueReader(database, KEYS, Optional.empty(), null)) {
        offsets.add(first.publisher.offset());
        for (long chunk : new long[] {10, 10, 10, 5, 0}) {
          assertThat(copied(session, first)).isEqualTo(chunk);
          offsets.add(first.publisher.offset());
        }
      }
      // The word that ended the copy is not finished; a subscriber may know it.
      assertThat(stateOf(session, "t")).isEqualTo("copying 1 {35} 35");
      Optional<SourceOffset> before = Optional.of(offsets.get(3));
      new QueueReader(database, KEYS, before, null).close();
      assertThat(stateOf(session, "t")).isEqualTo("requested 2  0");
      try (QueueReader second = new QueueReader(database, KEYS, before, null)) {
        assertThat(copied(untilNewestTick(second))).isZero();
        assertThat(copied(session, second)).isEqualTo(10);
        assertThat(copied(session, second)).isEqualTo(10);
      }
      new QueueReader(database, KEYS, before, null).close();
      assertThat(stateOf(session, "t")).isEqualTo("requested 3  0");
      assertThat(session.rows("select * from pgq_connect.copy_chunk")).isEmpty();
    }
  }

  @Test
  void aCopyThatEndedAfterTheOffsetBeginsAnewAndOneThatEndedBeforeItDoesNot() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      keepCopies(session, 5);
      List<SourceOffset> offsets = new ArrayList<>();
      try (QueueReader first = new QueueReader(database, KEYS, Optional.empty(), null)) {
        for (long chunk : new long[] {5, 0}) {
          assertThat(copied(session, first)).isEqualTo(chunk);
          offsets.add(first.publisher.offset());
        }
        for (int i = 0; i < 2; i++) {
          session.run("update t set v = v + 1");
          tick(session);
          assertThat(copied(first.rest())).isZero();
          offsets.add(first.publisher.offset());
        }
      }
      assertThat(stateOf(session, "t")).isEqualTo("done 1 {5} 5");
      new QueueReader(database, KEYS, Optional.of(offsets.get(1)), null).close();
      assertThat(stateOf(session, "t")).isEqualTo("done 1 {5} 5");
      session.run("select pgq.register_consumer_at('q', 'own', " + newestTick(session) + ")");
      new QueueReader(database, KEYS, Optional.of(offsets.get(0)), null).close();
      assertThat(stateOf(session, "t")).isEqualTo("requested 2  0");
    }
  }

  @Test
  void withoutAnOffsetAndWhereKafkaHasMoreThanWasFinishedNothingIsTakenBack() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      keepCopies(session, 100);
      Optional<SourceOffset> offset;
      try (QueueReader first = new QueueReader(database, KEYS, Optional.empty(), null)) {
        assertThat(copied(session, first)).isEqualTo(10);
        assertThat(copied(session, first)).isEqualTo(10);
        offset = Optional.of(first.publisher.offset());
      }
      assertThat(stateOf(session, "t")).isEqualTo("copying 1 {10} 10");
      new QueueReader(database, KEYS, Optional.empty(), null).close();
      assertThat(stateOf(session, "t")).isEqualTo("copying 1 {10} 10");
      try (QueueReader second = new QueueReader(database, KEYS, offset, null)) {
        assertThat(stateOf(session, "t")).isEqualTo("copying 1 {10} 10");
        // The chunk that was not finished comes once more.
        List<SourceRecord> again = untilCopied(session, second);
        assertThat(copied(again)).isEqualTo(10);
        assertThat(
                again.stream()
                    .filter(row -> !BatchPublisherIT.isBoundary(row))
                    .map(SourceRecord::key))
            .last()
            .satisfies(key -> assertThat(((Struct) key).getInt32("id")).isEqualTo(20));
      }
    }
  }

  @Test
  void aMarkThatWasToldAfterTheOffsetIsToldAgainWithTheFirstRowOfItsTableOrLater()
      throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table other (id int primary key)");
      session.rows("select pgq_connect.add_table('q', 'other', false)::text");
      Optional<SourceOffset> offset;
      try (QueueReader first = new QueueReader(database, KEYS, Optional.empty(), null)) {
        session.run("insert into other values (0)");
        tick(session);
        assertThat(copyOf(end(first.rest()), "other")).isPresent();
        offset = Optional.of(first.publisher.offset());
        for (String table : List.of("t", "u")) {
          session.run("create table " + table + " (id int primary key)");
          session.rows("select pgq_connect.add_table('q', ?::regclass, false)::text", table);
        }
        session.run("insert into other values (1)");
        tick(session);
        assertThat(copyOf(end(first.rest()), "t")).isPresent();
        session.run("insert into t values (2)");
        tick(session);
        assertThat(copyOf(end(first.rest()), "t")).isEmpty();
        tick(session);
        first.poll();
      }
      try (QueueReader second = new QueueReader(database, KEYS, offset, null)) {
        assertThat(session.rows("select table_name, state from pgq_connect.table_copy order by 1"))
            .containsExactly("other|done", "t|none", "u|none");
        List<SourceRecord> again = second.rest();
        while (copyOf(end(again), "t").isEmpty()) {
          assertThat(end(again).getArray("copies")).isEmpty();
          again = second.rest();
        }
        assertThat(end(again).getInt64("event_count")).isPositive();
        assertThat(copyOf(end(again), "u")).isEmpty();
        session.run("insert into other values (3)");
        tick(session);
        again = second.rest();
        while (copyOf(end(again), "u").isEmpty()) {
          again = second.rest();
        }
        assertThat(copyOf(end(again), "t")).isEmpty();
      }
    }
  }
}
