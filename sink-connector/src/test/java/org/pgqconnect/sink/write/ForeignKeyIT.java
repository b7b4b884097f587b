/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A role that may not switch foreign keys off can still apply batches. */
class ForeignKeyIT {
  private static final TestQueue.Table CHILD =
      TestQueue.table("public.a_child", 1, "id bigint", "parent bigint");
  private static final TestQueue.Table PARENT =
      TestQueue.table("public.b_parent", 1, "id bigint", "u text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(
          database.config("database.user", "plain", "database.password", "plain"), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTables() {
    database.createPlainRole();
    database.run("CREATE TABLE b_parent (id bigint PRIMARY KEY, u text UNIQUE)");
    database.run("GRANT ALL ON b_parent TO plain");
    queue.batch(0, 1).begin().copied(CHILD, false).copied(PARENT, false).end();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void createChild(String clause) {
    database.run(
        "CREATE TABLE a_child (id bigint PRIMARY KEY, parent bigint REFERENCES b_parent "
            + clause
            + ")");
    database.run("GRANT ALL ON a_child TO plain");
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "DEFERRABLE"})
  void writesParentsFirstAndDeletesChildrenFirst(String clause) {
    createChild(clause);
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").c(CHILD, 1L, 1L).end();
    apply();
    assertThat(database.rows("SELECT * FROM a_child")).containsExactly("1|1");
    queue.batch(2, 3).begin().d(CHILD, 1L, null).d(PARENT, 1L, null).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM b_parent")).isEqualTo("0");
    assertThat(database.value("SELECT setting FROM pg_settings WHERE name = 'server_version_num'"))
        .isNotBlank();
  }

  @Test
  void copiesAgainATableThatOthersReferTo() {
    createChild("DEFERRABLE");
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").c(CHILD, 1L, 1L).end();
    apply();
    queue.batch(2, 3).begin().r(PARENT, 1L, "y").copy(PARENT, 2, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM b_parent")).containsExactly("1|y");
    assertThat(database.rows("SELECT * FROM a_child")).containsExactly("1|1");
  }

  @Test
  void aCopyWaitsForTheCopyOfTheTableThatItRefersTo() {
    createChild("");
    queue.batch(1, 2).begin().r(CHILD, 1L, 500L).copy(CHILD, 2, true, true, false).end();
    int tick = 2;
    for (; tick < 300; tick++) {
      queue
          .batch(tick, tick + 1)
          .begin()
          .r(PARENT, (long) tick, "p" + tick)
          .copy(PARENT, 2, true, tick == 2, false)
          .end();
    }
    queue.batch(tick, ++tick).begin().r(PARENT, 500L, "x").copy(PARENT, 2, true, false, true).end();
    queue.batch(tick, ++tick).begin().r(CHILD, 2L, 2L).copy(CHILD, 2, true, false, true).end();
    for (int last = tick + 50; tick < last; ) {
      queue.batch(tick, ++tick).begin().end();
    }
    apply();
    worker.drain();
    assertThat(database.rows("SELECT * FROM a_child ORDER BY id")).containsExactly("1|500", "2|2");
    assertThat(database.value("SELECT count(*) FROM b_parent")).isEqualTo("299");
    assertThat(database.rows("SELECT DISTINCT state FROM pgq_connect.subscribed_table"))
        .containsExactly("ok");
  }

  @Test
  void namesTheRowWhoseParentIsMissing() {
    createChild("");
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").c(CHILD, 7L, 1L).c(CHILD, 8L, 99L).end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "The subscriber rejects a row of table public.a_child, key (id=8), batch (1, 2]")
        .hasMessageContaining("constraint a_child_parent_fkey")
        .hasMessageContaining("GRANT SET ON PARAMETER session_replication_role TO \"plain\";")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"a_child\" DROP CONSTRAINT \"a_child_parent_fkey\";");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CASCADE", "SET NULL", "SET DEFAULT"})
  void refusesATableWhoseDeletesWouldReachRowsOfTheSubscriberAlone(String action) {
    createChild("ON DELETE " + action);
    database.run(
        "CREATE TABLE own (id bigint PRIMARY KEY, parent bigint REFERENCES b_parent ON UPDATE"
            + " CASCADE ON DELETE "
            + action
            + " DEFERRABLE)");
    database.run("GRANT SELECT ON own TO plain");
    queue.batch(1, 2).begin().c(PARENT, 1L, "a").c(PARENT, 2L, "b").end();
    queue.batch(2, 3).begin().d(PARENT, 2L, null).end();
    apply();
    assertThat(database.rows("SELECT id FROM b_parent")).containsExactly("1");
    database.run("INSERT INTO own VALUES (1, 1)");
    queue.batch(3, 4).begin().d(PARENT, 1L, null).end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Rows of table public.b_parent cannot be deleted safely")
        .hasMessageContaining("from tables that this connector does not write")
        .hasMessageContaining("GRANT SET ON PARAMETER session_replication_role TO \"plain\"")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"own\" DROP CONSTRAINT \"own_parent_fkey\", ADD CONSTRAINT"
                + " \"own_parent_fkey\" FOREIGN KEY (parent) REFERENCES public.b_parent(id) ON"
                + " UPDATE CASCADE DEFERRABLE;")
        .hasMessageNotContaining("a_child");
  }

  @Test
  void refusesATableWhoseOtherColumnsCarryAnAction() {
    createChild("");
    database.run("ALTER TABLE a_child ADD u text REFERENCES b_parent (u) ON DELETE CASCADE");
    queue.batch(1, 2).begin().c(PARENT, 1L, "a").end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("or to columns other than its key")
        .hasMessageContaining("FOREIGN KEY (u) REFERENCES public.b_parent(u);");
  }

  @Test
  void namesTheTableThatStillRefersToADeletedRow() {
    createChild("");
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").c(CHILD, 7L, 1L).end();
    apply();
    queue.batch(2, 3).begin().d(PARENT, 1L, null).end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("The subscriber rejects a row of table public.b_parent, key (id=1)")
        .hasMessageContaining("Rows of table public.a_child on the subscriber still refer to it")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"a_child\" DROP CONSTRAINT \"a_child_parent_fkey\"");
  }

  @Test
  void saysWhatToGrantWhenATableMayNotBeWritten() {
    createChild("");
    database.run("REVOKE ALL ON b_parent FROM plain");
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Role \"plain\" cannot write table public.b_parent")
        .hasMessageContaining(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON \"public\".\"b_parent\" TO \"plain\";");
  }

  @Test
  void saysWhatToGrantOnWhatADefaultUses() {
    createChild("");
    database.run("ALTER TABLE b_parent ADD own serial");
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").end();
    String grant = "GRANT USAGE ON SEQUENCE \"public\".\"b_parent_own_seq\" TO \"plain\";";
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("The subscriber rejects writes to table public.b_parent")
        .hasMessageContaining(grant + " then restart the connector.");
    database.run(grant);
    apply();
    assertThat(database.rows("SELECT * FROM b_parent")).containsExactly("1|x|1");
  }

  @Test
  void saysWhatToGrantOnAFunctionWhoseNameSeveralHave() {
    createChild("");
    database.run(
        "CREATE SCHEMA odd; GRANT USAGE ON SCHEMA odd TO plain;"
            + " CREATE FUNCTION odd.mine() RETURNS int LANGUAGE sql AS 'SELECT 7';"
            + " CREATE FUNCTION odd.mine(int) RETURNS int LANGUAGE sql AS 'SELECT 8';"
            + " REVOKE EXECUTE ON FUNCTION odd.mine(), odd.mine(int) FROM public;"
            + " ALTER TABLE b_parent ADD own int DEFAULT odd.mine()");
    queue.batch(1, 2).begin().c(PARENT, 1L, "x").end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "with the schema that it is in, and with its arguments where several have the name"
                + " (psql: \\df mine): GRANT EXECUTE ON FUNCTION \"public\".\"mine\" TO"
                + " \"plain\";");
    database.run("GRANT EXECUTE ON FUNCTION odd.mine() TO plain");
    apply();
    assertThat(database.rows("SELECT * FROM b_parent")).containsExactly("1|x|7");
  }

  @Test
  void saysHowToInstallWhenTheRoleMayNot() {
    database.run("REVOKE CREATE ON DATABASE " + database.name + " FROM plain");
    assertThatThrownBy(worker::start)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("role \"plain\" cannot create it")
        .hasMessageContaining("./pgq-connect subscriber install")
        .satisfies(e -> database.run(statement(e.getMessage(), "(GRANT CREATE ON DATABASE .*?;)")));
    createChild("");
    apply();
    assertThat(database.value("SELECT count(*) FROM pgq_connect.subscription")).isEqualTo("1");
  }

  /** As for a provider. */
  @Test
  void saysHowToInstallWhereAnotherRoleMadeTheSchema() {
    database.run("CREATE SCHEMA pgq_connect");
    String grant = "GRANT USAGE, CREATE ON SCHEMA pgq_connect TO \"plain\";";
    assertThatThrownBy(worker::start)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Schema pgq_connect on the subscriber")
        .hasMessageContaining("role \"plain\" cannot create them there")
        .hasMessageContaining("./pgq-connect subscriber install")
        .hasMessageEndingWith("or let the role do it: " + grant);
    database.run("REVOKE CREATE ON DATABASE " + database.name + " FROM plain;" + grant);
    createChild("");
    apply();
    assertThat(database.value("SELECT count(*) FROM pgq_connect.subscription")).isEqualTo("1");
  }

  @Test
  void saysWhatToGrantWhenTheRoleMayNotMakeTemporaryTables() {
    createChild("");
    database.run("REVOKE TEMPORARY ON DATABASE " + database.name + " FROM PUBLIC");
    assertThatThrownBy(worker::start)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Role \"plain\" cannot create temporary tables on the subscriber")
        .satisfies(e -> database.run(statement(e.getMessage(), "Run: (GRANT TEMPORARY .*?;)")));
    apply();
  }
}
