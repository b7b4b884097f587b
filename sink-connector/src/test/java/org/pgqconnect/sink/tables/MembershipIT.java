/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.pgqconnect.failure.Printed.statement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A table that is not what the subscription left waits for a copy, and is never ok before. */
class MembershipIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table U = TestQueue.table("public.u", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final Map<String, String> config = new HashMap<>(database.config());
  private final TestWorker worker = new TestWorker(config, false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void copyTables() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE u (id bigint PRIMARY KEY, v text)");
    TestQueue.Batch first = queue.batch(1, 2).begin().r(T, 1L, "t").r(U, 1L, "u");
    first.copied(T, true).copied(U, true).end();
    worker.start();
    worker.drain();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private List<String> states() {
    return database.rows(
        "SELECT table_name, state FROM pgq_connect.subscribed_table ORDER BY table_name");
  }

  private String note() {
    return database.value("SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 't'");
  }

  private void resyncT(long prev) {
    queue.batch(prev, prev + 1).begin().r(T, 1L, "copied").copy(T, 9, true, true, true).end();
    worker.drain();
  }

  @Test
  void aTableThatWasLeftOutIsNotOkWhenItIsBack() {
    config.put("table.include.list", "public\\.u");
    queue.batch(2, 3).begin().u(U, 1L, "u2").end();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    queue.batch(3, 4).begin().u(T, 1L, "missed").end();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note())
        .contains("leave public.t out, and changes of it were skipped since tick 3")
        .contains("./pgq-connect provider resync --prefix bank public.t");
    config.remove("table.include.list");
    queue.batch(4, 5).begin().u(T, 1L, "skipped").u(U, 1L, "u3").end();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    resyncT(5);
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|copied");
  }

  /** Rows of it meet others that the provider does not have any more. */
  @Test
  void changesAfterATableWasPutBackWaitForTheCopyThatIsToCome() {
    database.run("ALTER TABLE t ADD UNIQUE (v)");
    worker.start();
    // On the provider row 1 was changed, and got another value, while the table was out.
    queue.batch(2, 3).begin().c(T, 2L, "t").u(U, 1L, "u2").copyToCome(T, 9).end();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note()).contains("Table public.t was not replicated for a while");
    assertThat(database.rows("SELECT * FROM u")).containsExactly("1|u2");
    worker.start();
    queue.batch(3, 4).begin().u(T, 2L, "t2").copyToCome(T, 9).end();
    queue.batch(4, 5).begin().r(T, 1L, "t").r(T, 2L, "t2").copy(T, 9, true, true, true).end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|t", "2|t2");
  }

  /** By the time it is back, all rows are older than the last look at the tables. */
  @Test
  void aTableThatOthersRestoreWhileItIsLeftOutIsNotTakenForUnchanged() {
    config.put("table.include.list", "public\\.u");
    worker.start();
    database.run("BEGIN; TRUNCATE t; INSERT INTO t VALUES (1, 'old dump'); COMMIT");
    for (int tick = 2; tick < 5; tick++) {
      queue.batch(tick, tick + 1).begin().u(U, 1L, "u" + tick).end();
      worker.start();
      worker.drain();
    }
    assertThat(states()).containsExactly("t|ok", "u|ok");
    config.remove("table.include.list");
    worker.start();
    worker.drain();
    assertThat(note())
        .contains("Another session rewrote table public.t on the subscriber")
        .contains("./pgq-connect provider resync --prefix bank public.t");
  }

  @Test
  void aTableThatOthersEmptyWhileItIsLeftOutWaitsForACopyAndTheOthersGoOn() {
    config.put("table.include.list", "public\\.u");
    worker.start();
    database.run("TRUNCATE t");
    queue.batch(2, 3).begin().u(U, 1L, "u2").end();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note()).contains("emptied by another session");
    assertThat(database.rows("SELECT v FROM u")).containsExactly("u2");
  }

  @Test
  void aTableIsLeftOutOfALargeBatch() {
    config.put("table.include.list", "public\\.u");
    config.put("buffer.max.rows", "1000");
    TestQueue.Batch large = queue.batch(2, 3).begin().u(T, 1L, "missed");
    for (long i = 10; i < 3010; i++) {
      large.c(U, i, "x");
    }
    worker.start();
    worker.drain();
    large.end();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(database.value("SELECT count(*) FROM u")).isEqualTo("3001");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "false | DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text)",
        "true  | DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text)",
        "false | ALTER TABLE t RENAME TO old; CREATE TABLE t (LIKE old INCLUDING ALL)",
        "true  | ALTER TABLE t RENAME TO old; CREATE TABLE t (LIKE old INCLUDING ALL)",
        "true  | DROP TABLE t",
      })
  void aTableThatIsNotTheOneThatWasCopiedWaitsForACopy(boolean restart, String what) {
    for (String statement : what.split("; ")) {
      database.run(statement);
    }
    queue.batch(2, 3).begin().u(T, 1L, "t2").u(U, 1L, "u2").end();
    assertThatThrownBy(
            () -> {
              if (restart) {
                worker.start();
              }
              worker.drain();
            })
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Table public.t on the subscriber is not what subscription")
        .hasMessageContaining("dropped and made anew, restored, or renamed")
        .hasMessageContaining("./pgq-connect provider resync --prefix bank public.t");
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note()).contains("./pgq-connect provider resync --prefix bank public.t");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM u")).containsExactly("1|u2");
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    database.run("CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, v text)");
    resyncT(3);
    assertThat(states()).containsExactly("t|ok", "u|ok");
    queue.batch(4, 5).begin().u(T, 1L, "after").end();
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|after");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "false | | TRUNCATE t",
        "true  | | TRUNCATE t",
        "true  | DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text) PARTITION BY HASH"
            + " (id); CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
            + " CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1) | TRUNCATE"
            + " t",
      })
  void aTableThatOthersEmptyWaitsForACopy(boolean restart, String before, String what) {
    long tick = 2;
    if (before != null) {
      tick = makeAnew(before);
    }
    database.run(what);
    queue.batch(tick, tick + 1).begin().u(T, 1L, "t2").u(U, 1L, "u2").end();
    assertThatThrownBy(
            () -> {
              if (restart) {
                worker.start();
              }
              worker.drain();
            })
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Table public.t on the subscriber is not what subscription")
        .hasMessageContaining("filled: emptied by another session (TRUNCATE, or a restore)")
        .hasMessageContaining("./pgq-connect provider resync --prefix bank public.t");
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note()).contains("./pgq-connect provider resync --prefix bank public.t");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).isEmpty();
    assertThat(database.rows("SELECT * FROM u")).containsExactly("1|u2");
    resyncT(tick + 1);
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|copied");
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
  }

  /** Another table of the name, copied. */
  private long makeAnew(String ddl) {
    worker.stop();
    database.run(ddl);
    database.run("UPDATE pgq_connect.subscribed_table SET table_oid = NULL WHERE table_name = 't'");
    queue.batch(2, 3).begin().r(T, 1L, "copied").copy(T, 2, true, true, true).end();
    worker.start();
    worker.drain();
    worker.start();
    return 3;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "VACUUM FULL t",
        "VACUUM FULL FREEZE t",
        "CLUSTER t USING t_pkey",
        "INSERT INTO t VALUES (7, 'ours'); VACUUM FULL t",
      })
  void whatKeepsTheRowsIsNoReasonToCopyThem(String what) {
    worker.start();
    worker.drain();
    for (String statement : what.split("; ")) {
      database.run(statement);
    }
    queue.batch(2, 3).begin().c(T, 2L, "t2").end();
    worker.drain();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(note()).isEqualTo("null");
    database.run("TRUNCATE t");
    assertThatThrownBy(worker::start).hasMessageContaining("emptied by another session");
  }

  @Test
  void anEmptyTableMayBeRewritten() {
    queue.batch(2, 3).begin().d(T, 1L, "t").end();
    worker.drain();
    worker.start();
    worker.drain();
    database.run("UPDATE pgq_connect.subscribed_table SET holds_rows = NULL");
    worker.start();
    worker.drain();
    database.run("VACUUM FULL t");
    queue.batch(3, 4).begin().c(T, 1L, "first").end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    // It is empty no more, though nobody has looked since.
    database.run("TRUNCATE t");
    queue.batch(4, 5).begin().c(T, 2L, "second").end();
    assertThatThrownBy(worker::drain).hasMessageContaining("emptied by another session");
  }

  @Test
  void theProvidersOwnTruncateIsNoReasonToCopy() {
    queue.batch(2, 3).begin().t(T).c(T, 5L, "new").end();
    worker.drain();
    queue.batch(3, 4).begin().u(T, 5L, "newer").end();
    worker.drain();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("5|newer");
    assertThat(note()).isEqualTo("null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "false | ALTER TABLE t ADD extra uuid DEFAULT gen_random_uuid()",
        "true  | ALTER TABLE t ADD extra uuid DEFAULT gen_random_uuid()",
        "false | BEGIN; TRUNCATE t; INSERT INTO t VALUES (1, 'restored'); COMMIT",
      })
  void aTableThatWasRewrittenIsSaidUntilSomebodyKnowsBetter(String line) {
    boolean restart = line.startsWith("true");
    worker.start();
    worker.drain();
    database.run(line.substring(line.indexOf('|') + 1));
    if (restart) {
      worker.start();
    }
    queue.batch(2, 3).begin().c(T, 2L, "t2").end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(note())
        .startsWith("Another session rewrote table public.t on the subscriber.")
        .contains("after ALTER TABLE, which keeps them, or after TRUNCATE and a restore")
        .endsWith("./pgq-connect provider resync --prefix bank public.t");
    queue.batch(3, 4).begin().c(T, 3L, "t3").end();
    worker.drain();
    // As the note says.
    String said = note();
    database.run(said.substring(said.indexOf("UPDATE"), said.indexOf(';') + 1));
    worker.start();
    worker.drain();
    assertThat(note()).isEqualTo("null");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("3");
  }

  @Test
  void aPartitionThatOthersEmptyIsSaid() {
    TestDatabase.assumeAtLeast(14, "TRUNCATE and VACUUM FULL of an empty table look alike");
    makeAnew(
        "DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text) PARTITION BY RANGE (id);"
            + " CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (100);"
            + " CREATE TABLE high PARTITION OF t FOR VALUES FROM (100) TO (200)");
    queue.batch(3, 4).begin().c(T, 100L, "high").end();
    worker.drain();
    worker.start();
    database.run("VACUUM FULL low");
    database.run("VACUUM FULL high");
    database.run("CREATE TABLE more PARTITION OF t FOR VALUES FROM (200) TO (300)");
    worker.start();
    assertThat(note()).isEqualTo("null");
    database.run("VACUUM FULL low");
    database.run("TRUNCATE high");
    worker.start();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(note()).startsWith("Another session rewrote table public.t on the subscriber.");
  }

  @Test
  void aPartitionThatIsGoneDoesNotHideThatTheRestIsEmptied() {
    makeAnew(
        "DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text) PARTITION BY RANGE (id);"
            + " CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (100);"
            + " CREATE TABLE high PARTITION OF t FOR VALUES FROM (100) TO (200)");
    database.run("DROP TABLE high; TRUNCATE t");
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .hasMessageContaining("filled: emptied by another session (TRUNCATE, or a restore)");
    assertThat(states()).contains("t|expecting-copy");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE high",
        "ALTER TABLE t DETACH PARTITION high",
        "DROP TABLE high; CREATE TABLE high PARTITION OF t FOR VALUES FROM (100) TO (200)",
        "DROP TABLE high, low"
      })
  void aPartitionThatIsGoneIsSaid(String what) {
    makeAnew(
        "DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text) PARTITION BY RANGE (id);"
            + " CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (100);"
            + " CREATE TABLE high PARTITION OF t FOR VALUES FROM (100) TO (200)");
    queue.batch(3, 4).begin().c(T, 100L, "high").end();
    worker.drain();
    worker.start();
    database.run(what);
    worker.start();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(note())
        .startsWith("Partitions of table public.t on the subscriber were detached or dropped")
        .endsWith(
            "Else copy the table again: ./pgq-connect provider resync --prefix bank public.t");
    Matcher run = Pattern.compile("run on the subscriber: (.*;)").matcher(note());
    assertThat(run.find()).isTrue();
    database.run(run.group(1));
    worker.start();
    assertThat(note()).isEqualTo("null");
  }

  @Test
  void aLostTableIsNotTakenForGoodBecauseAMarkIsToldTwice() {
    queue.batch(2, 3).begin().copy(T, 5, false, true, true).end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    database.run("DROP TABLE t");
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    queue.batch(3, 4).begin().u(T, 1L, "x").copy(T, 5, false, true, true).end();
    assertThatThrownBy(worker::drain).hasMessageContaining("is not what subscription");
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    queue.batch(4, 5).begin().u(T, 1L, "held").copy(T, 6, false, true, true).end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|held");
  }

  @Test
  void aSecondSubscriptionDoesNotWriteATableThatAnotherOneHolds() {
    Map<String, String> second = new HashMap<>(config);
    second.put("subscription.name", "second");
    try (TestWorker other = new TestWorker(second, false)) {
      TestQueue theirs = new TestQueue(other);
      theirs.batch(1, 2).begin().c(U, 7L, "skipped").end();
      theirs.batch(2, 3).begin().r(T, 1001L, "theirs").copied(T, true).end();
      other.start();
      String[] released = new String[1];
      assertThatThrownBy(other::drain)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("Subscription second would write public.t, which subscription")
          .hasMessageContaining("table.include.list")
          .satisfies(
              e ->
                  released[0] =
                      statement(e.getMessage(), "(DELETE FROM pgq_connect.subscription .*?;)"));
      assertThat(database.rows("SELECT * FROM t")).containsExactly("1|t");
      // As the message says, for a subscription whose connector is gone.
      worker.stop();
      database.run(released[0]);
      other.start();
      other.drain();
      assertThat(database.rows("SELECT * FROM t")).containsExactly("1001|theirs");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"m m_1", "m_1 m", "m m_1_1", "m_1_1 m_1"})
  void aSecondSubscriptionDoesNotWriteAPartitionOfATableThatAnotherOneHolds(String tables) {
    database.run(
        """
        CREATE TABLE m (id bigint PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
        CREATE TABLE m_1_1 PARTITION OF m_1 FOR VALUES FROM (0) TO (10);
        CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM (100) TO (200)\
        """);
    String held = tables.substring(0, tables.indexOf(' '));
    String written = tables.substring(tables.indexOf(' ') + 1);
    TestQueue.Table first = TestQueue.table("public." + held, 1, "id bigint", "v text");
    TestQueue.Table apart = TestQueue.table("public.m_2", 1, "id bigint", "v text");
    TestQueue.Table second = TestQueue.table("public." + written, 1, "id bigint", "v text");
    queue.batch(2, 3).begin().r(first, 1L, "first").copied(first, true).end();
    worker.drain();
    Map<String, String> others = new HashMap<>(config);
    others.put("subscription.name", "second");
    try (TestWorker other = new TestWorker(others, false)) {
      TestQueue theirs = new TestQueue(other);
      if (!held.equals("m")) {
        theirs.batch(1, 2).begin().r(apart, 101L, "apart").copied(apart, true).end();
      }
      theirs.batch(2, 3).begin().r(second, 2L, "second").copied(second, true).end();
      other.start();
      assertThatThrownBy(other::drain)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining(
              "would write public.%s, which has its rows in common with public.%s"
                  .formatted(written, held));
      assertThat(database.rows("SELECT * FROM m WHERE id < 100")).containsExactly("1|first");
    }
  }

  /** As when it is taken off one queue of the provider, and put on another one. */
  @Test
  void aTableThatMovesToAnotherSubscriptionIsLetGoAloneAsTheMessageSays() {
    Map<String, String> second = new HashMap<>(config);
    second.put("subscription.name", "second");
    try (TestWorker other = new TestWorker(second, false)) {
      TestQueue theirs = new TestQueue(other);
      theirs.batch(2, 3).begin().r(T, 1L, "moved").copied(T, true).end();
      other.start();
      Throwable refused = catchThrowable(other::drain);
      assertThat(refused).hasMessageContaining("If they have moved here");
      Matcher statement =
          Pattern.compile("DELETE FROM pgq_connect.subscribed_table .*?;")
              .matcher(refused.getMessage());
      assertThat(statement.find()).isTrue();
      worker.stop();
      database.run(statement.group());
      worker.start();
      other.start();
      other.drain();
      assertThat(database.rows("SELECT * FROM t")).containsExactly("1|moved");
      queue.batch(2, 3).begin().u(U, 1L, "u2").end();
      worker.drain();
      assertThat(database.rows("SELECT v FROM u")).containsExactly("u2");
      assertThat(
              database.rows(
                  "SELECT subscription = 'second', table_name, state FROM"
                      + " pgq_connect.subscribed_table ORDER BY 2"))
          .containsExactly("t|t|ok", "f|u|ok");
    }
  }
}
