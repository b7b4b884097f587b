/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A change of a row that is not on the subscriber is said, and only then. */
class MissingRowsIT {
  private static final String PLAIN = "CREATE TABLE t (\"it's\" bigint PRIMARY KEY, v text UNIQUE)";
  private static final String PARTITIONED =
      "CREATE TABLE t (\"it's\" bigint PRIMARY KEY, v text) PARTITION BY HASH (\"it's\");"
          + " CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
          + " CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)";
  private static final String CHECKED_LATE =
      "CREATE TABLE t (\"it's\" bigint PRIMARY KEY, v text UNIQUE DEFERRABLE)";
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "it's bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final Map<String, String> config = new HashMap<>(database.config());
  private final TestWorker worker = new TestWorker(config, false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void copy(String ddl, int rows) {
    database.run(ddl);
    TestQueue.Batch first = queue.batch(1, 2).begin();
    for (long i = 1; i <= rows; i++) {
      first.r(T, i, "v" + i);
    }
    first.copied(T, true).end();
    worker.start();
    worker.drain();
    worker.start(); // What is counted is stored at the first batch, then now and then.
  }

  private String note() {
    return database.value("SELECT note FROM pgq_connect.subscribed_table");
  }

  private String counted() {
    return database.value("SELECT not_applied ->> 'missing-row' FROM pgq_connect.subscription");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, PARTITIONED, CHECKED_LATE})
  void rowsThatOthersDeletedAreSaidWhenTheyChange(String ddl) {
    copy(ddl, 9);
    database.run("DELETE FROM t WHERE \"it's\" IN (2, 3, 4)");
    queue.batch(2, 3).begin().u(T, 1L, "a").u(T, 2L, "b").d(T, 3L, null).d(T, 5L, null).end();
    worker.drain();
    assertThat(note())
        .startsWith(
            "1 updates and 1 deletes of table public.t met rows that are not on the subscriber,"
                + " first in batch (2, 3],")
        .containsPattern("one of them with key \\(it's=[23]\\)")
        .endsWith("Copy it again: ./pgq-connect provider resync --prefix bank public.t");
    assertThat(counted()).isEqualTo("2");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY \"it's\") FROM t"))
        .isEqualTo("a b v6 v7 v8 v9");
    queue.batch(3, 4).begin().r(T, 1L, "again").copy(T, 2, true, true, true).end();
    worker.drain();
    assertThat(note()).isEqualTo("null");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, PARTITIONED, CHECKED_LATE})
  void whatABatchItselfPutsThereIsNotMissing(String ddl) {
    copy(ddl, 9);
    TestQueue.Batch batch = queue.batch(2, 3).begin();
    batch.c(T, 20L, "new").u(T, 20L, "newer");
    batch.c(T, 21L, "short").d(T, 21L, null);
    batch.row(T, Operation.UPDATE, new Object[] {1L, null}, row(31L, "moved"));
    batch.u(T, 31L, "moved and changed");
    batch.d(T, 2L, null).c(T, 2L, "made anew").u(T, 2L, "and changed");
    batch.u(T, 4L, "v5").u(T, 5L, "v4");
    batch.u(T, 6L, "v6");
    for (long i = 100; i < 200; i++) {
      batch.c(T, i, "copied" + i);
    }
    batch.end();
    queue.batch(3, 4).begin().u(T, 100L, "x").d(T, 101L, null).u(T, 31L, "y").u(T, 2L, "z").end();
    queue.batch(4, 5).begin().t(T).u(T, 5L, "after TRUNCATE").d(T, 6L, null).end();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("5");
    assertThat(note()).isEqualTo("null");
    assertThat(counted()).isEqualTo("null");
  }

  private static Object[] row(Object... values) {
    return values;
  }

  /** The server takes them for one key, and so one row. */
  @Test
  void aKeyThatIsWrittenInAnotherWayIsNotMissing() {
    database.run("CREATE TABLE a (id numeric[] PRIMARY KEY, v text)");
    TestQueue.Table a = TestQueue.table("public.a", 1, "id numeric[]", "v text");
    queue.batch(1, 2).begin().r(a, "{1.0}", "a").copied(a, true).end();
    worker.start();
    worker.drain();
    worker.start();
    queue
        .batch(2, 3)
        .begin()
        .row(a, Operation.UPDATE, row("{1.0}", null), row("{1.00}", "b"))
        .row(a, Operation.UPDATE, row("{1.00}", null), row("{1.0}", "c"))
        .end();
    worker.drain();
    assertThat(database.value("SELECT v FROM a")).isEqualTo("c");
    assertThat(note()).isEqualTo("null");
  }

  @Test
  void rowsThatAreMissingAreSaidAgainWhenATableWasSaidToHoldItsRows() {
    copy(PLAIN, 9);
    database.run("DELETE FROM t WHERE \"it's\" IN (2, 3)");
    queue.batch(2, 3).begin().u(T, 2L, "b").end();
    worker.drain();
    assertThat(note()).contains("first in batch (2, 3],");
    queue.batch(3, 4).begin().copy(T, 2, false, true, true).end();
    worker.drain();
    assertThat(note()).isEqualTo("null");
    queue.batch(4, 5).begin().u(T, 3L, "c").end();
    worker.drain();
    assertThat(note()).contains("first in batch (4, 5],");
  }

  @Test
  void aBatchThatOverlapsWhatWasAppliedMayDeleteTwice() {
    copy(PLAIN, 9);
    queue.batch(2, 3).begin().d(T, 1L, null).end();
    worker.drain();
    queue.attempt++;
    queue.batch(2, 4).begin().d(T, 1L, null).d(T, 2L, null).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("7");
    assertThat(note()).isEqualTo("null");
  }

  @Test
  void aTableThatIsBeingCopiedMayLackRows() {
    copy(PLAIN, 9);
    queue.batch(2, 3).begin().r(T, 1L, "c").copy(T, 2, true, true, false).end();
    queue.batch(3, 4).begin().u(T, 50L, "not copied yet").d(T, 51L, null).end();
    queue.batch(4, 5).begin().r(T, 50L, "d").d(T, 52L, null).copy(T, 2, true, false, true).end();
    worker.drain();
    assertThat(note()).isEqualTo("null");
    queue.batch(5, 6).begin().d(T, 53L, null).end();
    worker.drain();
    assertThat(note())
        .startsWith("0 updates and 1 deletes of table public.t")
        .contains("(it's=53)");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, CHECKED_LATE})
  void aLargeBatchIsCountedPartByPartAndOnceOnly(String ddl) {
    config.put("buffer.max.rows", "1000");
    copy(ddl, 3000);
    database.run("DELETE FROM t WHERE \"it's\" IN (7, 2007)");
    TestQueue.Batch large = queue.batch(2, 3).begin();
    for (long i = 1; i <= 3000; i++) {
      large.u(T, i, "w" + i);
    }
    for (long i = 4001; i <= 6000; i++) {
      large.c(T, i, "w" + i);
    }
    for (long i = 4001; i <= 6000; i++) {
      large.d(T, i, null);
    }
    large.end();
    worker.drain();
    assertThat(note()).startsWith("2 updates and 0 deletes of table public.t");
  }

  @Test
  void aBatchThatIsAppliedAgainWithSavepointsIsCountedOnce() {
    copy(PLAIN, 9);
    database.run("DELETE FROM t WHERE \"it's\" = 2");
    // The values of two other rows change places after the row was found missing.
    queue.batch(2, 3).begin().d(T, 2L, null).u(T, 4L, "v3").u(T, 3L, "swapped").end();
    worker.drain();
    assertThat(database.value("SELECT v FROM t WHERE \"it's\" = 4")).isEqualTo("v3");
    assertThat(note()).startsWith("0 updates and 1 deletes of table public.t");
    assertThat(counted()).isEqualTo("1");
  }
}
