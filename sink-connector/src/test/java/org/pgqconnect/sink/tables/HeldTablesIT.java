/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.admin.Adoption;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * The provider said of its subscribers that they hold a table's rows. Each subscription that reads
 * that is one of which it may be true, or does not take it for itself.
 */
class HeldTablesIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table U = TestQueue.table("public.u", 1, "id bigint", "v text");
  private static final String SINCE = "2996-01-01 10:00:00+00";
  private static final String EARLIER = "2019-01-01 10:00:00+00";
  private static final String LONG_AGO = "2020-01-01 10:00:00+00";

  private final TestDatabase database = new TestDatabase();
  private final Map<String, String> config = new HashMap<>(database.config());
  private final TestWorker worker = new TestWorker(config, false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTables() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE u (id bigint PRIMARY KEY, v text)");
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private String state() {
    return database.value("SELECT state FROM pgq_connect.subscribed_table WHERE table_name = 't'");
  }

  private String note() {
    return database.value("SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 't'");
  }

  private List<String> rows() {
    return database.rows("SELECT * FROM t ORDER BY id");
  }

  private void publish(String tickTime) {
    queue.batch(1, 2).tickTime(tickTime).begin().held(T, 1).c(T, 6L, "new").end();
    queue.batch(2, 3).begin().c(T, 7L, "new").end();
  }

  @Test
  void anEmptySubscriberIsNotOneThatHoldsTheRowsOfTheProvider() {
    publish(SINCE);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    assertThat(note())
        .isEqualTo(
            "The provider said at tick 2 that subscribers hold the rows of table public.t"
                + " (--no-copy, or snapshot.mode=no_data), but the table is empty here, and was not"
                + " there when its triggers were made, or that is not known. If it was, and the"
                + " topics still hold tick 1 and what follows, stop the sink connector and run:"
                + " ./pgq-connect subscriber adopt --prefix bank --subscription test-sink --tick 1"
                + " --move public.t; otherwise its changes are skipped until it is copied:"
                + " ./pgq-connect provider resync --prefix bank public.t");
    assertThat(rows()).isEmpty();

    queue.batch(3, 4).begin().held(T, 1).c(T, 8L, "new").end();
    worker.drain();
    assertThat(state()).as("told once more").isEqualTo("expecting-copy");
    queue.batch(4, 5).begin().r(T, 1L, "copied").copy(T, 2, true, true, true).end();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(note()).isEqualTo("null");
  }

  @Test
  void anEmptyTableOfAnEmptyOneIsHeldByWhoeverComesLater() {
    queue.batch(1, 2).tickTime(LONG_AGO).begin().copied(T, false).c(T, 6L, "new").end();
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(rows()).containsExactly("6|new");
  }

  @Test
  void aSubscriberThatWasFilledBeforeTheTriggersWereMadeNeedsNothingMore() {
    database.run("INSERT INTO t VALUES (1, 'old')");
    publish(SINCE);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(rows()).containsExactly("1|old", "6|new", "7|new");
  }

  @Test
  void aSubscriberThatIsEmptiedByChangesHoldsTheTableAllTheSame() {
    database.run("INSERT INTO t VALUES (1, 'old')");
    queue.batch(1, 2).begin().held(T, 1).d(T, 1L).end();
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().held(T, 1).c(T, 2L, "new").end();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(rows()).containsExactly("2|new");
  }

  @Test
  void aLateSubscriberWithRowsIsAskedWhetherTheyAreThose() throws Exception {
    database.run("INSERT INTO t VALUES (1, 'old')");
    queue.batch(0, 1).tickTime(EARLIER).begin().c(U, 1L, "u").copied(U, true).end();
    publish(LONG_AGO);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    assertThat(note())
        .contains("more than an hour before subscription \"test-sink\" began. Whether it holds")
        .endsWith(
            "until it is copied: ./pgq-connect provider resync --prefix bank public.t; or, if it"
                + " holds the rows that were there when the triggers were made, or later ones, and"
                + " the topics still hold tick 1 and what follows, stop the sink connector and run:"
                + " ./pgq-connect subscriber adopt --prefix bank --subscription test-sink --tick 1"
                + " --move public.t");
    assertThat(rows()).containsExactly("1|old");

    worker.stop();
    adopt(1, T);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(note()).isEqualTo("null");
    assertThat(rows()).containsExactly("1|old", "6|new", "7|new");
  }

  @Test
  void anEmptyTableIsHeldWhenAnOperatorSaysSo() throws Exception {
    queue.batch(0, 1).begin().c(U, 1L, "u").copied(U, true).end();
    publish(SINCE);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    worker.stop();
    adopt(1, T);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(rows()).containsExactly("6|new", "7|new");
  }

  @Test
  void aTableThatTheSubscriberDoesNotHaveIsNotHeld() {
    database.run("DROP TABLE t");
    publish(SINCE);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    assertThat(note())
        .endsWith(
            "but there is no such table here. Create it. Its changes are skipped until it is"
                + " copied: ./pgq-connect provider resync --prefix bank public.t");
  }

  /** What is read again passes through values that other rows have by now. */
  @Test
  void laterRowsOfTwoTablesAreTakenOneAfterTheOther() throws Exception {
    for (String table : List.of("t", "u")) {
      database.run("ALTER TABLE %s ADD UNIQUE (v)".formatted(table));
      database.run("INSERT INTO %s VALUES (1, 'x'), (2, 'y')".formatted(table));
    }
    queue.batch(1, 2).tickTime(LONG_AGO).begin().held(T, 1).held(U, 1).end();
    queue.batch(2, 3).begin().c(T, 2L, "x").c(T, 3L, "gone").c(U, 2L, "x").c(U, 3L, "gone").end();
    TestQueue.Batch last = queue.batch(3, 4).begin();
    last.u(T, 2L, "y").u(T, 1L, "x").d(T, 3L).u(U, 2L, "y").u(U, 1L, "x").d(U, 3L).end();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|expecting-copy");
    worker.stop();
    adopt(1, T);
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|expecting-copy");
    worker.stop();
    adopt(1, U);
    assertThat(states()).containsExactly("t|catching-up", "u|catching-up");
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.value("SELECT count(note) FROM pgq_connect.subscribed_table"))
        .isEqualTo("0");
    assertThat(rows()).containsExactly("1|x", "2|y");
    assertThat(database.rows("SELECT * FROM u ORDER BY id")).containsExactly("1|x", "2|y");
  }

  private List<String> states() {
    return database.rows(
        "SELECT table_name, state FROM pgq_connect.subscribed_table ORDER BY table_name");
  }

  private void writeAs(String role, String... grants) {
    database.createPlainRole();
    for (String grant : grants) {
      database.run(grant);
    }
    config.put("database.user", role);
    config.put("database.password", TestDatabase.password(role));
  }

  @Test
  void anEmptyTableIsNotHeldByARoleThatMayOnlyReadItsColumns() {
    writeAs("plain", "GRANT SELECT (id, v), INSERT, UPDATE, DELETE ON t TO plain");
    publish(SINCE);
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    assertThat(note()).contains("the table is empty here");
  }

  @Test
  void aSchemaThatTheRoleMayNotUse() {
    TestQueue.Table far = TestQueue.table("far.t", 1, "id bigint", "v text");
    database.run("CREATE SCHEMA far; CREATE TABLE far.t (id bigint PRIMARY KEY, v text)");
    writeAs("plain", "GRANT SELECT, INSERT, UPDATE, DELETE ON far.t TO plain");
    queue.batch(1, 2).tickTime(SINCE).begin().held(far, 1).c(far, 6L, "new").end();
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .hasMessageContaining("GRANT USAGE ON SCHEMA \"far\" TO \"plain\";");
  }

  private void adopt(long tick, TestQueue.Table table) throws SQLException {
    Adoption adoption = new Adoption("test-sink", TestQueue.PREFIX, tick, List.of(table.id()));
    try (Connection connection = database.connectAs("postgres")) {
      Adoption.adopt(connection, adoption, Adoption.Moving.ALL_NAMED, new NoCommands());
    }
  }

  @Test
  void rowsThatALateSubscriberGotByAnEarlierCopyAreNotThose() {
    queue
        .batch(1, 2)
        .tickTime(EARLIER)
        .begin()
        .r(T, 1L, "copied")
        .copy(T, 1, true, true, true)
        .end();
    queue.batch(2, 3).tickTime(LONG_AGO).begin().held(T, 2).c(T, 6L, "new").end();
    worker.start();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    assertThat(rows()).containsExactly("1|copied");
  }

  private static final class NoCommands implements Adoption.Commands {
    @Override
    public Optional<String> naming(Collection<TableId> others) {
      return Optional.empty();
    }

    @Override
    public String copyingOthers() {
      return "";
    }

    @Override
    public String resync(Collection<TableId> tables) {
      return Remedy.ofPrefix(TestQueue.PREFIX).resync(tables);
    }
  }
}
