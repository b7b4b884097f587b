/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.connect.Await;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A subscription is moved to a tick whose rows some of its tables hold. */
class AdoptionIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table W = TestQueue.table("public.w", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final Map<String, String> config = new HashMap<>(database.config());
  private final TestWorker worker = new TestWorker(config, false);
  private final TestQueue queue = new TestQueue(worker);

  private String wayBack;

  private final Adoption.Commands commands =
      new Adoption.Commands() {
        @Override
        public Optional<String> naming(Collection<TableId> others) {
          return Optional.of("naming " + others);
        }

        @Override
        public String copyingOthers() {
          return "copying others";
        }

        @Override
        public String resync(Collection<TableId> tables) {
          return "resync " + tables;
        }
      };

  @BeforeEach
  void copyTables() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE w (id bigint PRIMARY KEY, v text UNIQUE)");
    TestQueue.Batch first = queue.batch(1, 2).begin().r(T, 1L, "t").r(W, 1L, "w");
    first.copied(T, true).copied(W, true).end();
    worker.start();
    worker.drain();
    worker.stop();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private List<TableId> adopt(long tick, Adoption.Moving moving, TestQueue.Table... tables)
      throws SQLException {
    // The server ends a session shortly after its connection was closed.
    Await.atMost(Duration.ofSeconds(30), "the sink's session to end")
        .until(
            () ->
                database
                    .value(
                        "SELECT count(*) FROM pg_stat_activity a JOIN pgq_connect.subscription s"
                            + " ON (a.pid, a.backend_start) = (s.backend_pid, s.backend_start)")
                    .equals("0"));
    Adoption adoption =
        new Adoption(
            database.value("SELECT name FROM pgq_connect.subscription"),
            TestQueue.PREFIX,
            tick,
            List.of(tables).stream().map(TestQueue.Table::id).toList());
    try (Connection connection = database.connectAs("postgres")) {
      Adoption.Outcome outcome = Adoption.adopt(connection, adoption, moving, commands);
      wayBack = outcome.before().map(adoption::wayBack).orElse(null);
      return outcome.toCopy();
    }
  }

  private List<String> states() {
    return database.rows(
        "SELECT table_name, state FROM pgq_connect.subscribed_table ORDER BY table_name");
  }

  @Test
  void aMoveForwardDoesNotLetATableThatIsNotNamedMissChanges() throws Exception {
    queue.batch(2, 3).begin().c(T, 2L, "t2").c(W, 2L, "w2").end();
    database.run("INSERT INTO t VALUES (2, 't2')");
    for (Adoption.Moving moving : List.of(Adoption.Moving.NO, Adoption.Moving.ALL_NAMED)) {
      assertThatThrownBy(() -> adopt(3, moving, T))
          .hasMessageContaining(
              "is at tick 2 already. Nothing was changed. Changes after tick 2 up to tick 3 would"
                  + " be skipped for every table, also for those that it holds and that are not"
                  + " named: public.w. If these hold the rows of tick 3, too: naming [public.w];"
                  + " otherwise have them copied: copying others; then start the sink and run:"
                  + " resync [public.w]");
    }
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("2");
    assertThat(states()).containsExactly("t|ok", "w|ok");

    assertThat(adopt(3, Adoption.Moving.COPY_OTHERS, T)).containsExactly(W.id());
    assertThat(states()).containsExactly("t|ok", "w|expecting-copy");
    assertThat(
            database.value("SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 'w'"))
        .contains("was moved from tick 2 to tick 3 by \"subscriber adopt\", without this table")
        .endsWith("resync [public.w]");
    worker.start();
    queue.batch(3, 4).begin().c(T, 3L, "t3").c(W, 3L, "w3").end();
    worker.drain();
    TestQueue.Batch copy = queue.batch(4, 5).begin();
    copy.r(W, 1L, "w").r(W, 2L, "w2").r(W, 3L, "w3").copy(W, 9, true, true, true).end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "w|ok");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY id) FROM t")).isEqualTo("t t2 t3");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY id) FROM w")).isEqualTo("w w2 w3");
  }

  @Test
  void aMoveThatNamesEveryTableIsMade() throws Exception {
    queue.batch(2, 3).begin().c(T, 2L, "t2").end();
    database.run("INSERT INTO t VALUES (2, 't2')");
    assertThat(adopt(3, Adoption.Moving.ALL_NAMED, T, W)).isEmpty();
    assertThat(states()).containsExactly("t|ok", "w|ok");
  }

  /** What comes once more passes through values that other rows have by now. */
  @Test
  void aMoveBackwardAppliesChangesOnceMoreToTablesThatAreNotNamed() throws Exception {
    queue.batch(2, 3).begin().c(T, 2L, "t2").c(W, 2L, "w2").u(W, 1L, "w1").end();
    queue.batch(3, 4).begin().d(W, 2L).u(W, 1L, "w2").c(T, 3L, "t3").end();
    worker.start();
    worker.drain();
    worker.stop();
    database.run("DELETE FROM t WHERE id > 1");
    assertThatThrownBy(() -> adopt(2, Adoption.Moving.NO, T))
        .hasMessageContaining(
            "is at tick 4 already. Nothing was changed. If the named tables hold the rows of tick 2"
                + " all the same: naming []");

    database.run(
        "UPDATE pgq_connect.subscribed_table SET note = 'lacks rows' WHERE table_name = 'w'");
    assertThat(adopt(2, Adoption.Moving.ALL_NAMED, T)).isEmpty();
    assertThat(states()).containsExactly("t|catching-up", "w|catching-up");
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "w|ok");
    assertThat(database.rows("SELECT note FROM pgq_connect.subscribed_table ORDER BY table_name"))
        .containsExactly("null", "lacks rows");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY id) FROM t")).isEqualTo("t t2 t3");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY id) FROM w")).isEqualTo("w2");
  }

  @Test
  void aMoveBackwardThatIsUndoneLeavesOnlyTheNamedTableToACopy() throws Exception {
    queue.batch(2, 3).begin().c(T, 2L, "t2").c(W, 2L, "w2").end();
    worker.start();
    worker.drain();
    worker.stop();
    adopt(2, Adoption.Moving.ALL_NAMED, T);
    database.run(wayBack);
    worker.start();
    queue.batch(3, 4).begin().c(T, 3L, "t3").c(W, 3L, "w3").end();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "w|ok");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY id) FROM w")).isEqualTo("w w2 w3");
  }

  @Test
  void aMoveBackwardSkipsWhatTheTopicsHoldOfAHistoryThatWasGivenUp() throws Exception {
    queue.batch(2, 3).begin().c(T, 2L, "lost").end();
    worker.start();
    worker.drain();
    worker.stop();
    queue.queueIdentity = "22222222-0000-4000-8000-000000000002";
    queue.attempt = 2;
    database.run(
        "UPDATE pgq_connect.subscription SET queue_identity = '%s', attempt = 2, tick_id = 1, tick_time = NULL"
            .formatted(queue.queueIdentity));
    database.run("DELETE FROM t WHERE id = 2");
    queue.batch(1, 2).begin().c(T, 5L, "t5").end();
    queue.batch(2, 3).begin().c(T, 6L, "t6").end();
    worker.start();
    worker.drain();
    worker.stop();
    assertThat(adopt(1, Adoption.Moving.ALL_NAMED, T)).isEmpty();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "w|ok");
    assertThat(database.value("SELECT string_agg(v, ' ' ORDER BY id) FROM t")).isEqualTo("t t5 t6");
  }
}
