/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A batch larger than the buffer is written as it arrives, and still in one transaction. */
class StreamingIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table S = TestQueue.table("public.s", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(database.config("buffer.max.rows", "10000"), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE s (id bigint PRIMARY KEY, v text)");
    worker.maxPollRecords = 2000;
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private TestQueue.Batch large(long prev, long tick, int rows, String value) {
    TestQueue.Batch batch = queue.batch(prev, tick).partitions(3).begin();
    for (long i = 0; i < rows; i++) {
      batch.c(T, i, value);
      if (i % 10 == 0) {
        batch.u(T, i / 2, value + "u");
      }
    }
    return batch;
  }

  private void expect(String state) {
    assertThat(database.value("SELECT count(*), min(v), max(v) FROM t")).isEqualTo(state);
  }

  @Test
  void writesALargeBatchInOneTransaction() {
    queue.batch(0, 1).begin().copied(T, false).copied(S, false).end();
    TestQueue.Batch batch = large(1, 2, 270_000, "a");
    worker.start();
    worker.drain();
    expect("0|null|null");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(4);
    batch.end();
    queue.batch(2, 3).begin().c(S, 1L, "x").end();
    worker.drain();
    expect("270000|a|au");
    assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("1");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(10);
  }

  private boolean isBeingWritten() {
    return database
        .value(
            "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND mode ="
                + " 'RowExclusiveLock'")
        .equals("1");
  }

  @Test
  void aLargeBatchWhoseEndIsReadFirstIsWrittenAsItArrives() {
    queue.batch(0, 1).begin().copied(T, false).end();
    large(1, 2, 60_000, "a").end();
    worker.start();
    for (int partition = 0; partition < 3; partition++) {
      worker.block(T.topic(), partition);
    }
    worker.drain();
    worker.unblock();
    for (int i = 0; i < 15; i++) {
      worker.poll();
    }
    assertThat(isBeingWritten()).isTrue();
    expect("0|null|null");
    worker.drain();
    expect("60000|a|au");
  }

  @Test
  void rowsThatAreReadBeforeTheirBoundaryStayWithinTheBuffer() {
    queue.batch(0, 1).begin().copied(T, false).end();
    large(1, 2, 60_000, "a").end();
    worker.start();
    worker.block("bank.transaction", 0);
    worker.drain();
    assertThat(worker.maxPaused).isEqualTo(3);
    worker.unblock();
    worker.drain();
    expect("60000|a|au");
  }

  @Test
  void nothingStaysOfALargeBatchWhoseEndTellsThatItIsOfAnotherHistory() {
    queue.batch(0, 1).begin().copied(T, false).end();
    queue.batch(1, 5).begin().c(T, 1_000_000L, "lost").end();
    worker.start();
    worker.drain();
    queue.attempt = 2;
    TestQueue.Batch batch = large(1, 9, 15_000, "a");
    worker.drain();
    assertThat(isBeingWritten()).isTrue();
    batch.startTick(1, null).startTick(5, "2026-11-23 11:11:11+00").end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Tick 5 of queue bank, from which batch (1, 9] leads on")
        .hasMessageContaining("The provider lost part of its history");
    expect("1|lost|lost");
    database.run("UPDATE pgq_connect.subscription SET tick_time = NULL");
    worker.start();
    worker.drain();
    expect("15001|a|lost");
  }

  @Test
  void aLargeBatchBehindAGapStopsTheSinkBeforeItsRowsFillTheMemory() {
    queue.batch(0, 1).begin().copied(T, false).end();
    large(5, 6, 60_000, "a");
    worker.start();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("(1, 5] are missing");
  }

  @Test
  void pausesPartitionsThatRunAheadAndResumesThem() {
    queue.batch(0, 1).begin().copied(T, false).copied(S, false).end();
    TestQueue.Batch first = queue.batch(1, 2).begin();
    for (long i = 0; i < 100; i++) {
      first.c(T, i, "a");
    }
    first.end();
    TestQueue.Batch later = queue.batch(2, 3).begin();
    for (long i = 0; i < 50_000; i++) {
      later.c(S, i, "b");
    }
    later.end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(worker.maxPaused).isEqualTo(1);
    assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("0");
    worker.unblock();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("50000");
    expect("100|a|a");
  }

  @Test
  void aNewAttemptUndoesWhatWasWritten() {
    queue.batch(0, 1).begin().copied(T, false).end();
    large(1, 2, 30_000, "dead");
    worker.start();
    worker.drain();
    queue.attempt = 2;
    large(1, 2, 20_000, "live").end();
    worker.drain();
    expect("20000|live|liveu");
  }

  @Test
  void aLostSessionMeansReadingAgain() {
    queue.batch(0, 1).begin().copied(T, false).end();
    TestQueue.Batch batch = large(1, 2, 30_000, "a");
    worker.start();
    worker.drain();
    database.run("SELECT pg_terminate_backend(backend_pid) FROM pgq_connect.subscription");
    batch.end();
    worker.drain();
    expect("30000|a|au");
    assertThat(worker.lastRetry).isNull();
  }

  @Test
  void aCopyThatStartsInALargeBatchEmptiesTheTable() {
    database.run("INSERT INTO t SELECT i, 'stale' FROM generate_series(1000000, 1000010) i");
    queue.batch(0, 1).begin().end();
    TestQueue.Batch batch = large(1, 2, 30_000, "skipped");
    for (long i = 0; i < 5_000; i++) {
      batch.r(T, i, "copy");
    }
    batch.copied(T, true).end();
    worker.start();
    worker.drain();
    expect("5000|copy|copy");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  @Test
  void aTableSaidToHoldItsRowsTakesTheChangesOfALargeBatch() {
    queue.batch(0, 1).begin().end();
    TestQueue.Batch batch = large(1, 2, 30_000, "a");
    batch.copied(T, false).end();
    worker.start();
    worker.drain();
    expect("30000|a|au");
  }

  @Test
  void aValueThatThePartsWhichWaitCannotTakeIsNamedWithItsRow() {
    database.run(
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE m (id bigint PRIMARY KEY DEFERRABLE, mood"
            + " mood)");
    TestQueue.Table moods = TestQueue.table("public.m", 1, "id bigint", "mood public.mood");
    queue.batch(0, 1).begin().copied(moods, false).end();
    worker.start();
    worker.drain();
    TestQueue.Batch batch = queue.batch(1, 2).begin();
    for (long i = 0; i < 15_000; i++) {
      batch.c(moods, i, i == 777 ? "happy" : "sad");
    }
    batch.end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("The subscriber rejects a row of table public.m, key (id=777), batch")
        .hasMessageContaining("invalid input value for enum")
        .hasMessageContaining("Type public.mood of the subscriber has no label 'happy'");
  }

  @Test
  void aChunkThatMustWaitForTheNextBatchTakesABufferThatHoldsItsOwn() {
    database.run("CREATE TABLE child (id bigint PRIMARY KEY, t bigint REFERENCES t)");
    database.createPlainWriter();
    TestQueue.Table child = TestQueue.table("public.child", 1, "id bigint", "t bigint");
    Map<String, String> config =
        database.config(
            "database.user", "plain", "database.password", "plain", "buffer.max.rows", "1000");
    try (TestWorker small = new TestWorker(config, false)) {
      small.maxPollRecords = 300;
      TestQueue published = new TestQueue(small);
      TestQueue.Batch first = published.batch(0, 1).begin().copied(T, false).copied(S, false);
      first.c(T, 1L, "v").r(child, 1L, 1L).copy(child, 1, true, true, false).end();
      TestQueue.Batch batch = published.batch(1, 2).begin();
      for (long i = 0; i < 3_000; i++) {
        batch.c(S, i, "v");
      }
      batch.r(child, 2L, 9L).copy(child, 1, true, false, false).end();
      published.batch(2, 3).begin().c(T, 9L, "v").copy(child, 1, true, false, true).end();
      small.start();
      Throwable refused = catchThrowable(small::drain);
      assertThat(refused)
          .isInstanceOf(ConnectException.class)
          .hasMessageStartingWith("Batch (1, 2] of 3001 rows does not fit into the sink's memory")
          .hasMessageContaining("raise buffer.max.rows to 9003 or more")
          .hasMessageContaining("Key (t)=(9) is not present in table \"t\"");
      config.put("buffer.max.rows", "9003");
      small.start();
      small.drain();
      assertThat(database.rows("SELECT * FROM child ORDER BY id")).containsExactly("1|1", "2|9");
      assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("3000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "plain"})
  void partsWaitForOthersThatTheirRowsReferTo(String role) {
    database.run(
        "ALTER TABLE t ADD u text UNIQUE, ADD note text; ALTER TABLE s ADD t bigint REFERENCES t ON"
            + " DELETE CASCADE");
    database.createPlainWriter();
    TestQueue.Table parent = TestQueue.table("public.t", 1, "id bigint", "v text", "u text");
    TestQueue.Table child = TestQueue.table("public.s", 1, "id bigint", "t bigint");
    try (TestWorker small =
        new TestWorker(database.config("database.user", role, "buffer.max.rows", "1000"), false)) {
      small.maxPollRecords = 300;
      TestQueue published = new TestQueue(small);
      published.batch(0, 1).begin().copied(parent, false).copied(child, false).end();
      published
          .batch(1, 2)
          .begin()
          .c(parent, -1L, "old", "a")
          .c(parent, -2L, "old", "b")
          .c(parent, -3L, "old", "c")
          .c(child, -1L, -3L)
          .end();
      small.start();
      small.drain();
      database.run("UPDATE t SET note = 'n' || id");
      TestQueue.Batch batch = published.batch(2, 3).begin();
      batch.u(parent, -1L, "new", "b").d(parent, -3L, null, null);
      for (long i = 0; i < 20_000; i++) {
        batch.c(child, i, i).c(parent, i, "v", "u" + i);
        if (i % 7 == 0) {
          batch.d(child, i, null).c(child, i, i + 1);
        }
      }
      batch.c(parent, 20_000L, "v", null);
      batch.u(parent, -2L, "new", "a").u(child, -1L, -2L);
      small.drain();
      // Temporary tables that no other session sees yet.
      assertThat(
              database.value(
                  "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE"
                      + " a.datname = current_database() AND a.application_name LIKE 'pgq-connect"
                      + " sink%' AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND"
                      + " NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = l.relation)"))
          .isEqualTo("t");
      batch.end();
      small.drain();
      assertThat(database.rows("SELECT id, u, note FROM t WHERE id < 0 ORDER BY id"))
          .containsExactly("-2|a|n-2", "-1|b|n-1");
      assertThat(database.value("SELECT count(*), min(t) FROM s")).isEqualTo("20001|-2");
      assertThat(database.value("SELECT count(*), count(u) FROM t")).isEqualTo("20003|20002");
      assertThat(database.value("SELECT count(*) FROM s WHERE t = id + 1")).isEqualTo("2858");
      TestQueue.Batch emptied = published.batch(3, 4).begin().c(child, 30_000L, 30_000L);
      for (long i = 0; i < 5_000; i++) {
        emptied.u(child, i, 1L);
      }
      emptied.t(parent).t(child);
      for (long i = 0; i < 5_000; i++) {
        emptied.c(child, i, i).c(parent, i, "w", "u" + i);
      }
      small.drain();
      emptied.end();
      small.drain();
      assertThat(database.value("SELECT count(*), min(v), max(v) FROM t")).isEqualTo("5000|w|w");
      assertThat(database.value("SELECT count(*) FROM s WHERE t = id")).isEqualTo("5000");
    }
  }
}
