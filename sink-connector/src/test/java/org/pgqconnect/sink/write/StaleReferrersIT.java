/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * Where the role may not switch foreign keys off, a delete does not go through rows of a table that
 * waits for its copy on to a table that is in step.
 */
class StaleReferrersIT {
  private static final TestQueue.Table PARENT = TestQueue.table("public.p", 1, "id bigint");
  private static final TestQueue.Table CHILD =
      TestQueue.table("public.c", 1, "id bigint", "p bigint");
  private static final TestQueue.Table GRANDCHILD =
      TestQueue.table("public.g", 1, "id bigint", "c bigint");
  private static final String TICK = "SELECT tick_id FROM pgq_connect.subscription";

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(
          database.config("database.user", "plain", "database.password", "plain"), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTables() {
    createThem();
    queue.batch(0, 1).begin().copied(PARENT, false).copied(CHILD, false).end();
    queue.batch(1, 2).begin().copied(GRANDCHILD, false).end();
    queue.batch(2, 3).begin().c(PARENT, 1L).c(PARENT, 2L).c(CHILD, 1L, 1L).end();
    queue.batch(3, 4).begin().c(GRANDCHILD, 1L, 1L).end();
    worker.start();
    worker.drain();
  }

  private void createThem() {
    database.createPlainRole();
    database.run("CREATE TABLE p (id bigint PRIMARY KEY)");
    database.run(
        "CREATE TABLE c (id bigint PRIMARY KEY, p bigint REFERENCES p ON DELETE CASCADE, own"
            + " text)");
    database.run("CREATE TABLE g (id bigint PRIMARY KEY, c bigint REFERENCES c ON DELETE CASCADE)");
    database.run("GRANT ALL ON p, c, g TO plain");
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void awaitCopyOfChild() {
    worker.stop();
    database.run(
        "UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy' WHERE table_name = 'c'");
    worker.start();
  }

  private void rowsAre(String child) {
    assertThat(database.rows("SELECT id, p FROM c")).containsExactly(child);
    assertThat(database.rows("SELECT * FROM g")).containsExactly("1|1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CASCADE", "SET NULL"})
  void aDeleteWaitsForTheCopyOfATableWhoseOldRowsReferToIt(String action) {
    database.run(
        "ALTER TABLE g DROP CONSTRAINT g_c_fkey, ADD FOREIGN KEY (c) REFERENCES c ON DELETE "
            + action);
    database.run("UPDATE c SET own = 'kept'");
    awaitCopyOfChild();
    queue.batch(4, 5).begin().u(CHILD, 1L, 2L).end();
    queue.batch(5, 6).begin().d(PARENT, 1L).end();
    queue.batch(6, 7).begin().end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("5");
    rowsAre("1|1");
    queue.batch(7, 8).begin().r(CHILD, 1L, 2L).copy(CHILD, 2, true, true, true).end();
    worker.drain();
    rowsAre("1|2");
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
    assertThat(database.rows("SELECT own FROM c")).containsExactly("kept");
    assertThat(database.rows("SELECT DISTINCT state FROM pgq_connect.subscribed_table"))
        .containsExactly("ok");
  }

  @Test
  void saysWhichCopyADeleteWaitsFor() {
    awaitCopyOfChild();
    queue.batch(4, 5).begin().d(PARENT, 1L).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("4");
    awaitWaiting(
        "Rows of table public.p cannot be deleted yet, batch (4, 5]",
        "rows of table public.c on the subscriber refer to them",
        "foreign key \"c_p_fkey\"",
        "./pgq-connect provider resync --prefix bank public.c",
        "Table public.c is to be copied first.");
  }

  private void awaitWaiting(String... reasons) {
    String waitingFor = "SELECT waiting_for FROM pgq_connect.subscription";
    long patience = System.nanoTime() + 60_000_000_000L;
    while (database.value(waitingFor).equals("null") && System.nanoTime() < patience) {
      worker.drain();
    }
    assertThat(database.value(waitingFor)).contains(reasons);
  }

  @Test
  void aDeleteWaitsWhileARepeatedCopyHasNotBroughtTheRowsThatReferToIt() {
    queue.batch(4, 5).begin().u(CHILD, 1L, 2L).end();
    worker.drain();
    database.run("UPDATE c SET p = 1");
    queue.batch(5, 6).begin().copy(CHILD, 2, true, true, false).end();
    queue.batch(6, 7).begin().d(PARENT, 1L).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("6");
    queue.batch(7, 8).begin().r(CHILD, 1L, 2L).copy(CHILD, 2, true, false, true).end();
    worker.drain();
    rowsAre("1|2");
    assertThat(database.value(TICK)).isEqualTo("8");
  }

  @Test
  void aDeleteThatTheProviderMadeOfBothTablesDoesNotWaitForARepeatedCopy() {
    queue.batch(4, 5).begin().copy(CHILD, 2, true, true, false).end();
    queue.batch(5, 6).begin().d(GRANDCHILD, 1L, null).d(CHILD, 1L, null).d(PARENT, 1L).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("6");
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
  }

  @Test
  void whatARepeatedCopyDidNotBringStaysWhileOldRowsOfAnotherTableReferToIt() {
    awaitCopyOfChild();
    queue.batch(4, 5).begin().r(PARENT, 2L).copy(PARENT, 2, true, true, true).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("5");
    rowsAre("1|1");
    assertThat(
            database.value("SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 'p'"))
        .contains("are still referred to by rows of another table");
    queue.batch(5, 6).begin().r(CHILD, 1L, 2L).copy(CHILD, 2, true, true, true).end();
    worker.drain();
    for (int tick = 6; tick < 9; tick++) {
      queue.batch(tick, tick + 1).begin().end();
      worker.drain();
    }
    rowsAre("1|2");
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
    assertThat(database.rows("SELECT DISTINCT state FROM pgq_connect.subscribed_table"))
        .containsExactly("ok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NO ACTION", "RESTRICT", "NO ACTION DEFERRABLE INITIALLY DEFERRED"})
  void aRepeatedCopyRemovesRowsThatReferToDeletedOnesOfAnotherTable(String action) {
    database.run(
        "ALTER TABLE c DROP CONSTRAINT c_p_fkey, ADD FOREIGN KEY (p) REFERENCES p ON DELETE "
            + action);
    awaitCopyOfChild();
    queue.batch(4, 5).begin().d(GRANDCHILD, 1L, null).d(PARENT, 1L).end();
    queue.batch(5, 6).begin().r(CHILD, 2L, 2L).copy(CHILD, 2, true, true, true).end();
    queue.batch(6, 7).begin().end();
    worker.drain();
    assertThat(database.rows("SELECT id, p FROM c")).containsExactly("2|2");
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NO ACTION", "RESTRICT"})
  void aRepeatedCopyRemovesRowsThatReferToDeletedOnesOfTheirOwnTable(String action) {
    database.run(
        "ALTER TABLE c DROP CONSTRAINT c_p_fkey, ADD FOREIGN KEY (p) REFERENCES c ON DELETE "
            + action);
    queue.batch(4, 5).begin().c(CHILD, 2L, 1L).c(CHILD, 3L, 2L).end();
    worker.drain();
    awaitCopyOfChild();
    // Rows 2 and 3 the provider has deleted meanwhile.
    queue.batch(5, 6).begin().r(CHILD, 1L, null).copy(CHILD, 2, true, true, false).end();
    queue.batch(6, 7).begin().d(GRANDCHILD, 1L, null).d(CHILD, 1L, null).end();
    queue.batch(7, 8).begin().r(CHILD, 4L, null).copy(CHILD, 2, true, false, true).end();
    queue.batch(8, 9).begin().end();
    worker.drain();
    assertThat(database.rows("SELECT id, p FROM c")).containsExactly("4|null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"CASCADE", "SET NULL", "SET DEFAULT", "CASCADE DEFERRABLE INITIALLY DEFERRED"})
  void anActionThatTheProviderDoesNotHaveStopsTheSink(String action) {
    database.run(
        "ALTER TABLE c DROP CONSTRAINT c_p_fkey, ADD FOREIGN KEY (p) REFERENCES p ON DELETE "
            + action);
    queue.batch(4, 5).begin().d(PARENT, 1L).end();
    String[] printed = new String[1];
    assertThatThrownBy(worker::drain)
        .hasMessageContaining(
            "Foreign keys of table public.c on the subscriber delete %d and change %d rows of it, batch (4, 5]"
                .formatted(action.startsWith("C") ? 1 : 0, action.startsWith("C") ? 0 : 1))
        .hasMessageContaining("GRANT SET ON PARAMETER session_replication_role TO \"plain\";")
        .satisfies(
            e -> printed[0] = statement(e.getMessage(), "(ALTER TABLE .*? DROP CONSTRAINT .*?;)"));
    rowsAre("1|1");
    database.run(printed[0]);
    worker.stop();
    worker.start();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("5");
    rowsAre("1|1");
  }

  @Test
  void anActionMayChangeWhatOnlyTheSubscriberHas() {
    database.run("ALTER TABLE c ADD mine bigint REFERENCES p ON DELETE SET NULL");
    database.run("UPDATE c SET mine = 2");
    queue.batch(4, 5).begin().d(PARENT, 2L).end();
    worker.drain();
    assertThat(database.rows("SELECT id, p, mine FROM c")).containsExactly("1|1|null");
  }

  @Test
  void anActionFollowsAChangedValue() {
    database.run("ALTER TABLE p ADD u bigint UNIQUE");
    database.run("ALTER TABLE c DROP CONSTRAINT c_p_fkey");
    database.run("ALTER TABLE c ADD pu bigint REFERENCES p (u) ON UPDATE CASCADE");
    TestQueue.Table parent = TestQueue.table("public.p", 1, "id bigint", "u bigint");
    TestQueue.Table child = TestQueue.table("public.c", 1, "id bigint", "p bigint", "pu bigint");
    queue.batch(4, 5).begin().u(parent, 1L, 5L).u(child, 1L, 1L, 5L).end();
    worker.drain();
    queue.batch(5, 6).begin().u(parent, 1L, 6L).u(child, 1L, 1L, 6L).end();
    worker.drain();
    assertThat(database.rows("SELECT id, p, pu FROM c")).containsExactly("1|1|6");
  }

  /** The chunk was read after the changes of the two batches that follow. */
  @Test
  void whatAnActionDeletesOfATableThatIsBeingCopiedMayComeAgain() {
    awaitCopyOfChild();
    database.run("DELETE FROM g");
    database.run("DELETE FROM c");
    queue.batch(4, 5).begin().r(CHILD, 9L, 1L).copy(CHILD, 2, true, true, false).end();
    worker.drain();
    queue.batch(5, 6).begin().d(PARENT, 1L).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("5");
    queue.batch(6, 7).begin().c(PARENT, 1L).c(CHILD, 9L, 1L).end();
    queue.batch(7, 8).begin().copy(CHILD, 2, true, false, true).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("8");
    assertThat(database.rows("SELECT id, p FROM c")).containsExactly("9|1");
  }

  @Test
  void anActionThatFollowsANewSpellingIsNoneOfTheSubscribers() {
    database.run("CREATE TABLE np (id numeric PRIMARY KEY)");
    database.run(
        "CREATE TABLE nc (id bigint PRIMARY KEY, np numeric REFERENCES np ON UPDATE CASCADE ON"
            + " DELETE CASCADE)");
    database.run("GRANT ALL ON np, nc TO plain");
    TestQueue.Table parent = TestQueue.table("public.np", 1, "id numeric");
    TestQueue.Table child = TestQueue.table("public.nc", 1, "id bigint", "np numeric");
    queue.batch(4, 5).begin().copied(parent, false).copied(child, false).end();
    queue.batch(5, 6).begin().c(parent, "1.0").c(parent, "2").c(child, 1L, "1.0").end();
    queue.batch(6, 7).begin().u(parent, "1.00").u(child, 1L, "1.00").d(parent, "2").end();
    worker.drain();
    assertThat(database.rows("SELECT np FROM nc")).containsExactly("1.00");
    assertThat(database.value(TICK)).isEqualTo("7");
  }

  @Test
  void aTableThatIsLeftOutLosesNoRowsToACopyThatHadBegun() {
    database.run(
        "ALTER TABLE c DROP CONSTRAINT c_p_fkey, ADD FOREIGN KEY (p) REFERENCES p ON DELETE NO"
            + " ACTION");
    queue.batch(4, 5).begin().copy(CHILD, 2, true, true, false).end();
    worker.drain();
    awaitCopyOfChild();
    queue.batch(5, 6).begin().d(PARENT, 1L).end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("5");
    rowsAre("1|1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CASCADE", "SET NULL"})
  void aTableThatRefersToItselfIsSwept(String action) {
    database.run(
        "ALTER TABLE c DROP CONSTRAINT c_p_fkey, ADD FOREIGN KEY (p) REFERENCES c ON DELETE "
            + action);
    queue.batch(4, 5).begin().c(CHILD, 2L, 1L).c(CHILD, 3L, 2L).end();
    worker.drain();
    // Row 3 the provider does not have.
    queue
        .batch(5, 6)
        .begin()
        .r(CHILD, 1L, null)
        .r(CHILD, 2L, 1L)
        .copy(CHILD, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, p FROM c ORDER BY id")).containsExactly("1|null", "2|1");
    assertThat(
            database.value("SELECT state FROM pgq_connect.subscribed_table WHERE table_name = 'c'"))
        .isEqualTo("ok");
  }

  @Test
  void aDeleteThatComesWithTheEndOfARepeatedCopyTakesOldRowsAlong() {
    queue.batch(4, 5).begin().d(GRANDCHILD, 1L, null).end();
    worker.drain();
    // Row 1 of the child the provider does not have.
    queue.batch(5, 6).begin().d(PARENT, 1L).r(CHILD, 2L, 2L).copy(CHILD, 2, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT id, p FROM c")).containsExactly("2|2");
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
  }

  @Test
  void anActionOfAForeignKeyToAPartitionIsNoticed() {
    TestQueue.Table whole = TestQueue.table("public.w", 1, "id bigint");
    TestQueue.Table referring = TestQueue.table("public.x", 1, "id bigint", "w bigint");
    database.run(
        "CREATE TABLE w (id bigint PRIMARY KEY) PARTITION BY RANGE (id);"
            + " CREATE TABLE w1 PARTITION OF w FOR VALUES FROM (0) TO (100);"
            + " CREATE TABLE x (id bigint PRIMARY KEY, w bigint); GRANT ALL ON w, x TO plain");
    queue
        .batch(4, 5)
        .begin()
        .r(whole, 1L)
        .r(whole, 2L)
        .r(referring, 1L, 1L)
        .copied(whole, true)
        .copied(referring, true)
        .end();
    queue.batch(5, 6).begin().d(whole, 2L).end();
    worker.drain();
    database.run("ALTER TABLE x ADD CONSTRAINT y FOREIGN KEY (w) REFERENCES w1 ON DELETE CASCADE");
    queue.batch(6, 7).begin().d(whole, 1L).end();
    assertThatThrownBy(worker::drain)
        .hasMessageContaining(
            "Foreign keys of table public.x on the subscriber delete 1 and change 0 rows of it");
    assertThat(database.rows("SELECT * FROM x")).containsExactly("1|1");
  }

  private static final String[] UNIQUE_VALUES = {
    """
    CREATE TABLE m (id bigint PRIMARY KEY, v text NOT NULL UNIQUE);
    INSERT INTO m VALUES (1, 'a'), (33, 'c');
    CREATE TABLE n (id bigint PRIMARY KEY, m bigint REFERENCES m, v text);
    INSERT INTO n VALUES (1, 1, 'a'), (3, 33, 'x')\
    """,
    """
    CREATE TABLE m (id bigint, v int4range, PRIMARY KEY (id, v WITHOUT OVERLAPS));
    INSERT INTO m VALUES (1, '[1,9)'), (3, '[2,8)');
    CREATE TABLE n (id bigint PRIMARY KEY, m bigint, v int4range, FOREIGN KEY (m, PERIOD v) REFERENCES m (id, PERIOD v));
    INSERT INTO n VALUES (1, 1, '[1,9)'), (3, 3, '[2,8)')\
    """
  };

  /** Both were requested by one command; the copy of the table that refers comes second. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void anOldRowInTheWayThatOthersReferToWaitsForTheCopyOfThose(int form) {
    String[] values = form == 0 ? new String[] {"a", "c"} : new String[] {"[1,9)", "[1,3)"};
    TestQueue.Table referred =
        TestQueue.table(
            "public.m", form == 0 ? 1 : 2, "id bigint", form == 0 ? "v text" : "v int4range");
    TestQueue.Table referring =
        TestQueue.table(
            "public.n", 1, "id bigint", "m bigint", form == 0 ? "v text" : "v int4range");
    database.run("CREATE EXTENSION IF NOT EXISTS btree_gist; " + UNIQUE_VALUES[form]);
    database.run("GRANT ALL ON m, n TO plain");
    worker.stop();
    database.run(
        "INSERT INTO pgq_connect.subscribed_table (subscription, table_schema, table_name, state)"
            + " SELECT name, 'public', t, 'ok' FROM pgq_connect.subscription, unnest(array['m',"
            + " 'n']) t");
    worker.start();
    queue
        .batch(4, 5)
        .begin()
        .r(referred, 1L, values[0])
        .r(referred, 3L, values[1])
        .copy(referred, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("4");
    awaitWaiting(
        "Table public.m is copied again, and its old row with key (id=",
        "rows of table public.n refer to it by foreign key \"",
        "./pgq-connect provider resync --prefix bank public.n",
        "GRANT SET ON PARAMETER session_replication_role TO \"plain\"");
    queue
        .batch(5, 6)
        .begin()
        .r(referring, 1L, 1L, values[0])
        .r(referring, 3L, 3L, values[1])
        .copy(referring, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(database.value(TICK)).isEqualTo("6");
    assertThat(database.rows("SELECT * FROM m ORDER BY id"))
        .containsExactly("1|" + values[0], "3|" + values[1]);
    assertThat(database.rows("SELECT * FROM n ORDER BY id"))
        .containsExactly("1|1|" + values[0], "3|3|" + values[1]);
    assertThat(database.rows("SELECT DISTINCT state FROM pgq_connect.subscribed_table"))
        .containsExactly("ok");
  }
}
