/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A table's way from expecting a copy to being in step. */
class CopyIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  private String state() {
    return database.value(
        "SELECT state, copy_id, consistent_tick FROM pgq_connect.subscribed_table");
  }

  @Test
  void skipsChangesUntilACopyStarts() throws SQLException {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    assertThat(state()).isEqualTo("expecting-copy|0|0");
    try (Connection connection = database.connectAs("postgres")) {
      List<SubscriptionStatus> status = SubscriberInstaller.readStatus(connection);
      assertThat(status).hasSize(1);
      assertThat(status.get(0).tickId()).isEqualTo(2);
      assertThat(status.get(0).connected()).isTrue();
      assertThat(status.get(0).tables().get(0).note())
          .contains("./pgq-connect provider resync --prefix bank public.t");
    }
  }

  @Test
  void doesNotWaitForRowsThatItWouldSkip() {
    queue.batch(1, 2).begin().c(T, 1L, "expired").end();
    queue.batch(2, 3).begin().r(T, 7L, "copy").copied(T, true).end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("2");
    worker.unblock();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("7|copy");
  }

  @Test
  void rowsOfTheBatchThatMarksATableAreWaitedForAndApplied() {
    database.run("INSERT INTO t VALUES (1, 'same')");
    queue.batch(1, 2).begin().u(T, 1L, "changed").copied(T, false).end();
    queue.batch(2, 3).begin().c(T, 2L, "next").end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("null");
    worker.unblock();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|changed", "2|next");
    assertThat(state()).isEqualTo("ok|1|2");
  }

  @Test
  void copiesChunkByChunkWhileChangesFlow() {
    database.run("INSERT INTO t VALUES (99, 'stale')");
    queue.batch(1, 2).begin().u(T, 1L, "before").r(T, 1L, "r1").copy(T, 5, true, true, false).end();
    apply();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|r1", "99|stale");
    assertThat(state()).isEqualTo("copying|5|0");
    queue
        .batch(2, 3)
        .begin()
        .u(T, 1L, "u1")
        .c(T, 3L, "c3")
        .r(T, 2L, "r2")
        .r(T, 3L, "r3")
        .copy(T, 5, true, false, false)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|u1", "2|r2", "3|r3", "99|stale");
    TestQueue.Batch last = queue.batch(3, 4).begin().r(T, 4L, "r4");
    last.copy(T, 5, true, false, true).end();
    worker.drain();
    assertThat(state()).isEqualTo("ok|5|4");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("4");
  }

  @Test
  void isCatchingUpUntilTheConsistentTick() {
    queue.batch(1, 2).begin().r(T, 1L, "r1").copyConsistentAt(T, 4).end();
    apply();
    assertThat(state()).isEqualTo("catching-up|1|4");
    queue.batch(2, 3).begin().c(T, 1L, "c1").end();
    worker.drain();
    assertThat(state()).isEqualTo("catching-up|1|4");
    queue.batch(3, 4).begin().end();
    worker.drain();
    assertThat(state()).isEqualTo("ok|1|4");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|c1");
  }

  @Test
  void saysHowToGetACopyWhoseBeginningWasMissed() {
    queue.batch(1, 2).begin().r(T, 5L, "r").copy(T, 3, true, false, true).end();
    apply();
    assertThat(state()).isEqualTo("expecting-copy|0|0");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table"))
        .contains("under way before this subscription began")
        .contains("./pgq-connect provider resync --prefix bank public.t");
  }

  @Test
  void aSecondCopyReplacesTheRows() {
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "b").copied(T, true).end();
    apply();
    queue.batch(2, 3).begin().r(T, 2L, "B").copy(T, 2, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("2|B");
    assertThat(state()).isEqualTo("ok|2|3");
  }

  @Test
  void saysWhichTableToCreate() {
    TestQueue.Table missing =
        TestQueue.table(
            "Shop.Order Lines", 2, "order bigint", "No integer", "note character varying(20)");
    queue.batch(1, 2).begin().r(missing, 1L, 2, "x").copied(missing, true).end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            """
            Table Shop.Order Lines is replicated but does not exist on the subscriber. Create it:
            CREATE SCHEMA "Shop";
            CREATE TABLE "Shop"."Order Lines" (\
            """);
  }

  @Test
  void aRepeatedCopyEmptiesNothingThatReadersSee() throws Exception {
    database.run("ALTER TABLE t ADD note text");
    TestQueue.Batch first = queue.batch(1, 2).begin();
    for (long i = 0; i < 1000; i++) {
      first.r(T, i, "a");
    }
    first.copied(T, true).end();
    apply();
    database.run("UPDATE t SET note = 'n' || id; INSERT INTO t VALUES (5000, 'not the provider')");
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong least = new AtomicLong(Long.MAX_VALUE);
    Thread reader =
        new Thread(
            () -> {
              try (Connection connection = database.connectAs("postgres");
                  Statement statement = connection.createStatement()) {
                while (!done.get()) {
                  try (ResultSet row = statement.executeQuery("SELECT count(*) FROM t")) {
                    row.next();
                    least.accumulateAndGet(row.getLong(1), Math::min);
                  }
                }
              } catch (SQLException e) {
                least.set(-1);
              }
            });
    reader.start();
    for (int chunk = 0; chunk < 10; chunk++) {
      TestQueue.Batch batch = queue.batch(2 + chunk, 3 + chunk).begin();
      batch.d(T, 999L, null).c(T, 2000L + chunk, "new");
      for (long i = chunk * 100; i < chunk * 100 + 100 && i < 990; i++) {
        batch.r(T, i, "b");
      }
      if (chunk == 9) {
        batch.r(T, 2000L, "new");
      }
      batch.copy(T, 2, true, chunk == 0, chunk == 9).end();
      worker.drain();
    }
    done.set(true);
    reader.join();
    assertThat(least.get()).isGreaterThanOrEqualTo(1000);
    assertThat(database.value("SELECT count(*) FROM t WHERE id < 1000")).isEqualTo("990");
    assertThat(
            database.value(
                "SELECT count(*) FROM t WHERE id < 1000 AND v = 'b' AND note = 'n' || id"))
        .isEqualTo("990");
    assertThat(database.value("SELECT count(*) FROM t WHERE id >= 1000")).isEqualTo("10");
    assertThat(state()).isEqualTo("ok|2|12");
    assertThat(database.value("SELECT copying_again FROM pgq_connect.subscribed_table"))
        .isEqualTo("f");
    assertThat(database.value("SELECT count(*) FROM pgq_connect.copied_key")).isEqualTo("0");
  }

  /** They are older than the copy: a delete that was not captured may have followed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void changesBeforeTheFirstChunkOfARepeatedCopyDoNotSaveARowThatItDoesNotBring(boolean streamed) {
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "a").r(T, 3L, "a").copied(T, true).end();
    apply();
    worker.close();
    try (TestWorker small = new TestWorker(database.config("buffer.max.rows", "1000"), false)) {
      small.maxPollRecords = 300;
      TestQueue published = new TestQueue(small);
      small.start();
      TestQueue.Batch batch = published.batch(2, 3).begin();
      batch.u(T, 1L, "c").u(T, 2L, "c").c(T, 4L, "c").u(T, 3L, "c");
      for (long id = 1000; streamed && id < 3000; id++) {
        batch.c(T, id, "x");
      }
      small.drain();
      batch.r(T, 2L, "c").copy(T, 2, true, true, false).end();
      small.drain();
      assertThat(database.rows("SELECT id, v FROM t WHERE id < 10 ORDER BY id"))
          .containsExactly("1|c", "2|c", "3|c", "4|c");
      published
          .batch(3, 4)
          .begin()
          .u(T, 2L, "d")
          .c(T, 5L, "d")
          .r(T, 3L, "c")
          .copy(T, 2, true, false, true)
          .end();
      small.drain();
      assertThat(database.rows("SELECT id, v FROM t ORDER BY id"))
          .containsExactly("2|d", "3|c", "5|d");
      assertThat(state()).startsWith("ok|2");
    }
  }

  @Test
  void whatOthersWriteWhileATableIsCopiedAgainDoesNotSurviveUnlessTheCopyBringsIt() {
    database.run("ALTER TABLE t ADD note text");
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "a").r(T, 3L, "a").copied(T, true).end();
    apply();
    database.run("INSERT INTO t VALUES (5000, 'old'), (5001, 'old'), (5002, 'old')");
    queue.batch(2, 3).begin().r(T, 1L, "b").c(T, 7L, "c").copy(T, 2, true, true, false).end();
    apply();
    database.run("UPDATE t SET v = 'others', note = 'kept' WHERE id IN (2, 5000)");
    database.run("UPDATE t SET note = 'kept' WHERE id = 1");
    database.run("INSERT INTO t VALUES (6, 'others'), (9, 'others')");
    queue.batch(3, 4).begin().d(T, 7L, null).r(T, 2L, "b").copy(T, 2, true, false, false).end();
    worker.drain();
    database.run("INSERT INTO t VALUES (7, 'others'); UPDATE t SET id = 8 WHERE id = 5001");
    database.run("VACUUM FULL t");
    worker.close();
    try (TestWorker restarted = new TestWorker(database.config(), false)) {
      TestQueue rest = new TestQueue(restarted);
      rest.batch(4, 5).begin().c(T, 9L, "c").r(T, 3L, "b").copy(T, 2, true, false, true).end();
      restarted.start();
      restarted.drain();
    }
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|b|kept", "2|b|kept", "3|b|null", "9|c|null");
    assertThat(state()).startsWith("ok|2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM t WHERE id = 1",
        "UPDATE t SET id = 5 WHERE id = 1",
        "TRUNCATE t; INSERT INTO t VALUES (8, 'others')"
      })
  void aTableThatLosesRowsWhileItIsCopiedAgainIsCopiedOnceMore(String others) {
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "a").copied(T, true).end();
    apply();
    queue.batch(2, 3).begin().r(T, 1L, "b").copy(T, 2, true, true, false).end();
    apply();
    database.run(others);
    queue.batch(3, 4).begin().r(T, 2L, "b").copy(T, 2, true, false, true).end();
    queue.batch(4, 5).begin().u(T, 2L, "b2").end();
    apply();
    assertThat(database.value("SELECT state || ': ' || note FROM pgq_connect.subscribed_table"))
        .startsWith("catching-up: ")
        .contains("Table public.t on the subscriber lacks rows that its copy brought")
        .contains("./pgq-connect provider resync --prefix ", " public.t");
    queue.batch(5, 6).begin().r(T, 1L, "c").copy(T, 3, true, true, false).end();
    queue.batch(6, 7).begin().r(T, 2L, "c").copy(T, 3, true, false, true).end();
    apply();
    assertThat(database.value("SELECT string_agg(id || v, ' ' ORDER BY id) FROM t"))
        .isEqualTo("1c 2c");
    assertThat(state()).startsWith("ok|3");
  }

  @Test
  void aTableThatOthersRestoreWhileItIsCopiedAgainIsSaidToBeDoubtful() {
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "a").copied(T, true).end();
    apply();
    queue.batch(2, 3).begin().r(T, 1L, "b").copy(T, 2, true, true, false).end();
    apply();
    database.run("TRUNCATE t; INSERT INTO t VALUES (1, 'stale'), (2, 'stale')");
    worker.start(); // Which looks at the files.
    queue.batch(3, 4).begin().r(T, 2L, "b").copy(T, 2, true, false, true).end();
    queue.batch(4, 5).begin().u(T, 2L, "b2").end();
    worker.drain();
    assertThat(database.value("SELECT state || ': ' || note FROM pgq_connect.subscribed_table"))
        .startsWith("ok: Another session rewrote table public.t on the subscriber.")
        .endsWith("provider resync --prefix bank public.t");
    queue.batch(5, 6).begin().r(T, 1L, "c").r(T, 2L, "c").copy(T, 3, true, true, true).end();
    worker.drain();
    assertThat(database.value("SELECT state, note FROM pgq_connect.subscribed_table"))
        .isEqualTo("ok|null");
  }

  @Test
  void aTableIsCopiedAgainByKeysOfAnyType() {
    database.run(
        """
        CREATE EXTENSION IF NOT EXISTS citext;
        CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE DOMAIN code AS text;
        CREATE TABLE k (a numeric, b text COLLATE loose, "part" code, c bytea, d text[], held citext, e timestamptz, f int4range,
          PRIMARY KEY (a, b, "part", c, d, held, e, f))\
        """);
    TestQueue.Table keys =
        TestQueue.table(
            "public.k",
            8,
            "a numeric",
            "b text",
            "part text",
            "c bytea",
            "d text[]",
            "held citext",
            "e timestamp with time zone",
            "f int4range");
    Object[] first = {
      "1.50",
      "x\"{",
      "",
      ByteBuffer.wrap(new byte[] {0, 92}),
      "{\"a,b\",NULL}",
      "Y",
      "2024-01-01 00:00:00+00",
      "[1,4)"
    };
    Object[] second = first.clone();
    second[1] = "other, \\ one";
    queue.batch(1, 2).begin().r(keys, first).r(keys, second).copied(keys, true).end();
    apply();
    Object[] again = first.clone();
    again[0] = "1.5";
    again[1] = "X\"{";
    queue.batch(2, 3).begin().r(keys, again).copy(keys, 2, true, true, false).end();
    queue
        .batch(3, 4)
        .begin()
        .r(keys, second)
        .d(keys, second)
        .copy(keys, 2, true, false, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT b FROM k")).containsExactly("X\"{");
    assertThat(state()).startsWith("ok|2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE t (id bigint PRIMARY KEY)",
        "CREATE TABLE t (id bigint PRIMARY KEY DEFERRABLE)",
        "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)",
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY DEFERRABLE, note text)",
        "CREATE TABLE t (id bigint PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE t1 PARTITION"
            + " OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
      })
  void aRepeatedCopyOfATableOfKeysOnly(String ddl) {
    database.run("DROP TABLE t;" + ddl);
    TestQueue.Table keys = TestQueue.table("public.t", 1, "id bigint");
    queue.batch(1, 2).begin().r(keys, 1L).r(keys, 2L).r(keys, 3L).copied(keys, true).end();
    apply();
    queue.batch(2, 3).begin().r(keys, 2L).copy(keys, 2, true, true, false).end();
    queue.batch(3, 4).begin().r(keys, 3L).u(keys, 2L).copy(keys, 2, true, false, true).end();
    queue.batch(4, 5).begin().u(keys, 2L).end();
    worker.drain();
    assertThat(database.rows("SELECT id FROM t ORDER BY id")).containsExactly("2", "3");
    assertThat(state()).isEqualTo("ok|2|4");
  }

  @Test
  void aChunkThatIsNewerThanItsBatchIsAppliedWithTheNextOnes() {
    database.run("ALTER TABLE t ADD UNIQUE (v)");
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "b").copied(T, true).end();
    apply();
    // The chunk has seen that the values moved; the events that say so come two batches later.
    queue.batch(2, 3).begin().r(T, 2L, "b").copy(T, 2, true, true, false).end();
    queue.batch(3, 4).begin().r(T, 1L, "b").copy(T, 2, true, false, false).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|a", "2|b");
    queue.batch(4, 5).begin().u(T, 1L, "tmp").u(T, 2L, "a").u(T, 1L, "b").end();
    queue.batch(5, 6).begin().r(T, 3L, "c").copy(T, 2, true, false, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|b", "2|a", "3|c");
    assertThat(state()).isEqualTo("ok|2|6");
  }

  @Test
  void aRowThatNeverFitsStopsTheCopyWhenItHasEnded() {
    database.run("ALTER TABLE t ADD UNIQUE (v); INSERT INTO t VALUES (9, 'x')");
    queue.batch(0, 1).begin().copied(T, false).end();
    queue.batch(1, 2).begin().r(T, 1L, "x").r(T, 9L, "y").copy(T, 2, true, true, false).end();
    queue.batch(2, 3).begin().r(T, 10L, "y").copy(T, 2, true, false, true).end();
    queue.batch(3, 4).begin().end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Key (v)=(y) already exists");
  }

  /** The statements of a copy have names of their own for what they read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "r",
        "t",
        "n",
        "g",
        "o",
        "c",
        "v",
        "s",
        "w",
        "k",
        "net1",
        "net2",
        "coming",
        "aside",
        "aside1",
        "back",
        "pgq-connect row"
      })
  void aTableMayBeCalledAsAnything(String name) {
    TestQueue.Table table = TestQueue.table("public." + name, 1, "id bigint", "v text");
    database.run(
        ("DROP TABLE IF EXISTS t; CREATE TABLE \"%1$s\" (id bigint PRIMARY KEY, v text UNIQUE"
                + " DEFERRABLE INITIALLY DEFERRED); INSERT INTO \"%1$s\" VALUES (1, 'b'), (2, 'c'),"
                + " (8, 'e')")
            .formatted(name));
    queue
        .batch(0, 1)
        .begin()
        .r(table, 1L, "a")
        .r(table, 2L, "b")
        .r(table, 3L, "e")
        .copy(table, 1, true, true, true)
        .end();
    queue.batch(1, 2).begin().u(table, 1L, "b").u(table, 2L, "a").end();
    queue
        .batch(2, 3)
        .begin()
        .r(table, 1L, "a")
        .r(table, 2L, "e")
        .copy(table, 2, true, true, true)
        .end();
    queue.batch(3, 4).begin().end();
    apply();
    assertThat(database.rows("SELECT id, v FROM \"%s\" ORDER BY id".formatted(name)))
        .containsExactly("1|a", "2|e");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD UNIQUE (v)",
        "ADD UNIQUE (v) DEFERRABLE INITIALLY DEFERRED",
        "ADD EXCLUDE USING btree (v WITH =)",
        "ADD UNIQUE NULLS NOT DISTINCT (v)",
        "ADD w text GENERATED ALWAYS AS (v || '!') STORED UNIQUE",
        "ADD EXCLUDE USING gist (int8range(length(v) * 10, length(v) * 10 + 5) WITH &&) WHERE (v"
            + " LIKE 'w%')",
        "ADD x int; CREATE UNIQUE INDEX ON t (lower(v)) WHERE id > 0",
        "ADD x int; CREATE UNIQUE INDEX ON t ((t.v)) WHERE t IS NOT NULL OR id > 0"
      })
  void oldRowsOfARepeatedCopyMakePlaceAndKeepWhatOnlyTheSubscriberHas(String constraint) {
    TestDatabase.assumeKnows(constraint);
    database.run("ALTER TABLE t ADD note text DEFAULT 'new', ADD \"o'wn\" int[]");
    database.run("ALTER TABLE t " + constraint);
    for (boolean modest : new boolean[] {false, true}) {
      database.run("DROP SCHEMA IF EXISTS pgq_connect CASCADE; TRUNCATE t");
      worker.close();
      makePlain();
      String[] role =
          modest
              ? new String[] {
                "database.user", "plain", "database.password", "plain", "buffer.max.rows", "1000"
              }
              : new String[] {"buffer.max.rows", "1000"};
      try (TestWorker first = new TestWorker(database.config(role), false)) {
        TestQueue published = new TestQueue(first);
        TestQueue.Batch rows = published.batch(1, 2).begin();
        for (long i = 1; i <= 9; i++) {
          rows.r(T, i, "w".repeat((int) i));
        }
        rows.copied(T, true).end();
        first.start();
        first.drain();
        database.run("UPDATE t SET note = 'kept ' || id, \"o'wn\" = ARRAY[id, NULL]");
        // The provider has exchanged 1 and 8, 2 and 6, given 9's value to 3 and deleted 9.
        TestQueue.Batch large = published.batch(2, 3).begin();
        for (long i = 1_000; i < 2_500; i++) {
          large.r(T, i, "z" + i);
        }
        large
            .r(T, 1L, "w".repeat(8))
            .r(T, 2L, "w".repeat(6))
            .r(T, 3L, "w".repeat(9))
            .copy(T, 2, true, true, false)
            .end();
        first.drain();
        assertThat(database.rows("SELECT id FROM t WHERE id < 1000 ORDER BY id"))
            .containsExactly("1", "2", "3", "4", "5", "7");
        // A restart between the chunks.
        first.start();
        // 6, which made place, goes and comes back; 4 takes the value of 7.
        published.batch(3, 4).begin().d(T, 6L, null).end();
        first.drain();
        published
            .batch(4, 5)
            .begin()
            .u(T, 4L, "w".repeat(7))
            .c(T, 6L, "w".repeat(2))
            .r(T, 4L, "w".repeat(7))
            .r(T, 5L, "w".repeat(5))
            .r(T, 6L, "w".repeat(2))
            .copy(T, 2, true, false, false)
            .end();
        published
            .batch(5, 6)
            .begin()
            .r(T, 7L, "w".repeat(4))
            .r(T, 8L, "w")
            .copy(T, 2, true, false, true)
            .end();
        first.drain();
      }
      assertThat(
              database.rows(
                  "SELECT id, length(v), note, \"o'wn\" FROM t WHERE id < 1000 ORDER BY id"))
          .containsExactly(
              "1|8|kept 1|{1,NULL}",
              "2|6|kept 2|{2,NULL}",
              "3|9|kept 3|{3,NULL}",
              "4|7|kept 4|{4,NULL}",
              "5|5|kept 5|{5,NULL}",
              "6|2|new|null",
              "7|4|kept 7|{7,NULL}",
              "8|1|kept 8|{8,NULL}");
      assertThat(state()).startsWith("ok|2");
      assertThat(database.value("SELECT count(*) FROM pgq_connect.copied_key")).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "NOT NULL"})
  void anOldRowOfARepeatedCopyThatOthersReferToMakesPlaceWhereItCan(String nullable) {
    worker.close();
    database.run(
        "DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text UNIQUE " + nullable + ")");
    database.run("CREATE TABLE chi (id bigint PRIMARY KEY, t bigint NOT NULL REFERENCES t)");
    makePlain();
    try (TestWorker modest =
        new TestWorker(
            database.config(
                "database.user", "plain", "database.password", "plain", "buffer.max.rows", "1000"),
            false)) {
      TestQueue published = new TestQueue(modest);
      published.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "b").copied(T, true).end();
      modest.start();
      modest.drain();
      database.run("INSERT INTO chi VALUES (1, 1), (2, 2)");
      TestQueue.Batch large = published.batch(2, 3).begin();
      for (long i = 1_000; i < 2_500; i++) {
        large.r(T, i, "z" + i);
      }
      large.r(T, 1L, "b").copy(T, 2, true, true, false).end();
      if (!nullable.isEmpty()) {
        assertThatThrownBy(modest::drain)
            .isInstanceOf(ConnectException.class)
            .hasMessageContaining(
                "Table public.t is copied again, and its old row with key (id=2) blocks, by"
                    + " t_v_key, a row of the provider")
            .hasMessageContaining(
                "rows of table public.chi refer to it by foreign key \"chi_t_fkey\". This connector"
                    + " does not write that table")
            .hasMessageContaining("GRANT SET ON PARAMETER session_replication_role TO \"plain\";")
            .satisfies(
                e ->
                    database.run(
                        statement(e.getMessage(), "(ALTER TABLE .*? DROP CONSTRAINT .*?;)")));
        modest.start();
      }
      modest.drain();
      assertThat(database.rows("SELECT * FROM t WHERE id < 1000 ORDER BY id"))
          .containsExactlyElementsOf(
              nullable.isEmpty() ? List.of("1|b", "2|null") : List.of("1|b"));
      published.batch(3, 4).begin().r(T, 2L, "a").copy(T, 2, true, false, true).end();
      modest.drain();
      assertThat(database.rows("SELECT * FROM t WHERE id < 1000 ORDER BY id"))
          .containsExactly("1|b", "2|a");
      assertThat(state()).startsWith("ok|2");
    }
  }

  private void makePlain() {
    database.createPlainWriter();
  }

  @Test
  void aTriggerThatKeepsRowsFromBeingWrittenStopsARepeatedCopy() {
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "b").copied(T, true).end();
    apply();
    database.run(
        "CREATE TRIGGER quiet BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION"
            + " suppress_redundant_updates_trigger(); ALTER TABLE t ENABLE ALWAYS TRIGGER quiet");
    queue.batch(2, 3).begin().r(T, 1L, "a").r(T, 2L, "B").copy(T, 2, true, true, true).end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("a trigger of the subscriber kept 1 rows of the provider")
        .satisfies(
            e ->
                database.run(
                    statement(
                        e.getMessage(),
                        "Switch it off: (ALTER TABLE .*? DISABLE TRIGGER .*?;) Then")));
    apply();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|a", "2|B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ON DELETE CASCADE", "DEFERRABLE"})
  void aTableThatOthersReferToIsCopiedAgainInPlace(String clause) {
    worker.close();
    database.run(
        "CREATE TABLE chi (id bigint PRIMARY KEY, t bigint NOT NULL REFERENCES t " + clause + ")");
    database.createPlainWriter();
    TestQueue.Table chi = TestQueue.table("public.chi", 1, "id bigint", "t bigint");
    try (TestWorker modest =
        new TestWorker(
            database.config("database.user", "plain", "database.password", "plain"), false)) {
      TestQueue published = new TestQueue(modest);
      TestQueue.Batch first = published.batch(1, 2).begin();
      for (long i = 1; i <= 20; i++) {
        first.r(T, i, "a").r(chi, i, i);
      }
      first.copied(T, true).copied(chi, true).end();
      modest.start();
      modest.drain();
      TestQueue.Batch again = published.batch(2, 3).begin();
      for (long i = 1; i <= 20; i++) {
        again.r(T, i, "b");
      }
      again.copy(T, 2, true, true, true).end();
      modest.drain();
      assertThat(database.value("SELECT count(*) FROM t WHERE v = 'b'")).isEqualTo("20");
      assertThat(database.value("SELECT count(*) FROM chi")).isEqualTo("20");
      // Rows that the provider never had, in both tables: the parent's copy ends first.
      database.run("INSERT INTO t VALUES (99, 'x'); INSERT INTO chi VALUES (99, 99)");
      TestQueue.Batch parent = published.batch(3, 4).begin();
      TestQueue.Batch child = null;
      for (long i = 1; i <= 20; i++) {
        parent.r(T, i, "c");
      }
      parent.copy(T, 3, true, true, true).end();
      modest.drain();
      child = published.batch(4, 5).begin();
      for (long i = 1; i <= 20; i++) {
        child.r(chi, i, i);
      }
      child.copy(chi, 3, true, true, true).end();
      modest.drain();
      assertThat(database.value("SELECT count(*), max(v) FROM t")).isEqualTo("20|c");
      assertThat(database.value("SELECT count(*) FROM chi")).isEqualTo("20");
      assertThat(
              database.rows(
                  "SELECT table_name, state, note, copying_again FROM pgq_connect.subscribed_table"
                      + " ORDER BY 1"))
          .containsExactly("chi|ok|null|f", "t|ok|null|f");
    }
  }
}
