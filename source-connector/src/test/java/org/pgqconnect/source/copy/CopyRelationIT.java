/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** A copy reads the relation that the queue captures, whatever bears its name meanwhile. */
class CopyRelationIT {
  private static final int CHUNK_ROWS = 5;

  /** The other table is not captured, and its keys come later. */
  private static final String TABLES =
      """
      create table t (id int primary key, v int);
      insert into t select i, i from generate_series(1, 30) i;
      create table u (id int primary key, v int);
      insert into u select i, i from generate_series(101, 130) i\
      """;

  private static final TableId T = new TableId("public", "t");

  private static final String EXCHANGE =
      "begin; alter table t rename to x; alter table u rename to t; alter table x rename to u;"
          + " commit";

  private static void add(TestSession session, String table) {
    session.rows("select pgq_connect.add_table('q', ?::regclass)::text", table);
  }

  private static List<String> rowsOf(TestSession session, String table) {
    return session.rows(
        "select replace(translate(r::text, '()', '[]'), ',', ', ') from " + table + " r");
  }

  /** Reads two chunks of t while it bears its name, and nothing while another table does. */
  private static void assertThatTheCopyWaits(
      TestDatabase database, TestSession session, String away, String back) throws Exception {
    try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
      run.chunk();
      run.chunk();
      session.run(away);
      assertThat(run.complete()).hasSize(10);
      assertThat(session.rows("select state, rows_copied from pgq_connect.table_copy"))
          .containsExactly("copying|10");
      session.run(back);
      assertThat(run.complete()).containsExactlyInAnyOrderElementsOf(rowsOf(session, "t"));
      assertThat(run.rows()).hasSize(30);
      assertThat(run.copyIds()).hasSize(1);
      assertThat(session.rows("select state from pgq_connect.table_copy")).containsExactly("done");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tables exchange names|" + EXCHANGE + "|" + EXCHANGE,
        "another table is made|alter table t rename to old; create table t (like old including"
            + " all); insert into t values (101, 101)|drop table t; alter table old rename to t",
        "schemas exchange names|create schema s; create table s.t (like t including all);"
            + " insert into s.t values (101, 101); begin; alter schema public rename to x;"
            + " alter schema s rename to public; commit|"
            + "begin; alter schema public rename to s; alter schema x rename to public; commit",
        "a partitioned table|alter table t rename to old; create table t (id int, v int) partition"
            + " by list (v); create table t1 partition of t default; insert into t values (101,"
            + " 101)|drop table t; alter table old rename to t",
      })
  void waitsWhileAnotherTableBearsTheName(String what, String away, String back) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLES);
      add(session, "t");
      assertThatTheCopyWaits(database, session, away, back);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"t", "t1"})
  void waitsWhileAnotherTableBearsTheNameOfAPartitionedOne(String captured) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key, v int) partition by range (id);
          create table t1 partition of t for values from (1) to (100);
          insert into t select i, i from generate_series(1, 30) i;
          create table u (id int primary key, v int) partition by range (id);
          create table u1 partition of u for values from (101) to (200);
          insert into u select i, i from generate_series(101, 130) i\
          """);
      add(session, captured);
      assertThatTheCopyWaits(database, session, EXCHANGE, EXCHANGE);
    }
  }

  @Test
  void waitsWhileAnotherTableBearsTheNameOfOneThatPgqsOwnTriggerCaptures() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLES);
      session.run(
          """
          create trigger logger after insert or update or delete on t for each row
            execute function pgq.logutriga('q');
          create trigger logger after insert or update or delete on u for each row
            execute function pgq.logutriga('other');
          create trigger guard before insert or update or delete on u for each row
            execute function pgq.logutriga('q', 'deny')\
          """);
      CopyRequests.request(session.connection(), "q", T);
      assertThatTheCopyWaits(database, session, EXCHANGE, EXCHANGE);
    }
  }

  /** LOCK TABLE refuses it. */
  @Test
  void waitsWhileAnotherTableBearsTheNameOfAForeignOne() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      session.run(TABLES.replace(" t ", " near "));
      String url =
          admin.text(
              "select format('host %L, port %L, dbname %L', '127.0.0.1', inet_server_port()::text,"
                  + " current_database())");
      admin.run(
          "create extension postgres_fdw; create server loop foreign data wrapper postgres_fdw"
              + " options ("
              + url
              + "); create user mapping for public server loop options (user 'installer', password"
              + " 'secret')");
      admin.run(
          "create foreign table t (id int not null, v int) server loop options (table_name 'near');"
              + " alter foreign table t owner to installer");
      session.rows("select pgq_connect.add_table('q', 't', key_columns => '{id}')::text");
      assertThatTheCopyWaits(database, session, EXCHANGE, EXCHANGE);
    }
  }

  /** The names are exchanged after the request was looked up. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChunkIsNotReadFromAnotherTable(boolean whileItWaitsForTheTable) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open();
        TestSession observer = database.open()) {
      session.run(TABLES);
      add(session, "t");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        CopyRequest request = run.request();
        CompletableFuture<Void> commit = CompletableFuture.completedFuture(null);
        if (whileItWaitsForTheTable) {
          other.run(EXCHANGE.replace("; commit", ""));
          commit =
              CompletableFuture.runAsync(
                  () -> {
                    while (observer.rows("select from pg_locks where not granted").isEmpty()) {
                      Thread.onSpinWait();
                    }
                    other.run("commit");
                  });
        } else {
          session.run(EXCHANGE);
        }
        assertThat(run.read(request)).isFalse();
        commit.join();
        session.run(EXCHANGE);
        assertThat(run.complete()).containsExactlyInAnyOrderElementsOf(rowsOf(session, "t"));
        assertThat(run.copyIds()).hasSize(1);
      }
    }
  }

  @Test
  void aCopyThatWaitsDelaysNoOther() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          TABLES + "; create table w (id int primary key, v int); insert into w values (7, 7)");
      add(session, "t");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        session.run(EXCHANGE);
        add(session, "w");
        assertThat(run.complete()).containsExactly("[7, 7]");
        assertThat(session.rows("select table_name, state from pgq_connect.table_copy order by 1"))
            .containsExactly("t|copying", "w|done");
      }
    }
  }

  @Test
  void tablesThatAreCapturedUnderEachOthersNamesAreCopiedAnew() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLES);
      add(session, "t");
      session.rows("select pgq_connect.add_table('q', 'u', copy => false)::text");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        session.run(EXCHANGE);
        assertThat(run.complete()).hasSize(10);
        session.rows("select pgq_connect.refresh_table('q', 't')::text");
        assertThat(run.complete()).containsExactlyInAnyOrderElementsOf(rowsOf(session, "t"));
        assertThat(
                session.rows(
                    "select table_name, state, rows_copied from pgq_connect.table_copy order by 1"))
            .containsExactly("t|done|30", "u|done|30");
        assertThat(run.copyIds()).hasSize(3);
      }
    }
  }

  private static final String MADE_ANEW =
      """
      drop table t;
      create table t (id int primary key, v int);
      insert into t select i, -i from generate_series(3, 33) i\
      """;

  @Test
  void aTableThatIsMadeAnewIsCopiedOnceItIsCaptured() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLES);
      add(session, "t");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        session.run(MADE_ANEW);
        assertThat(run.complete()).hasSize(5);
        add(session, "t");
        assertThat(run.complete()).containsExactlyInAnyOrderElementsOf(rowsOf(session, "t"));
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  /** After a restore from a dump the tables are found by their names. */
  @Test
  void aCopyIsNotContinuedInAnotherRelationThatIsRefreshedByItsName() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLES);
      add(session, "t");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        session.run(MADE_ANEW);
        session.rows("select pgq_connect.refresh_table('q', 't')::text");
        assertThat(run.complete()).containsExactlyInAnyOrderElementsOf(rowsOf(session, "t"));
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  /** There the oid of the table may be that of any relation. */
  @Test
  void aCopyOfADatabaseThatWasRestoredBeginsAnew() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      session.run(TABLES);
      add(session, "t");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        admin.run(
            """
            update pgq_connect.captured_table set home = 1;
            update pgq_connect.table_copy set ordered_by = jsonb_set(ordered_by::jsonb, '{home}', '1', false)::text\
            """);
        assertThat(run.complete()).hasSize(10);
        admin.run("select pgq_connect.forget_oids()");
        assertThat(run.complete()).hasSize(10);
        session.rows("select pgq_connect.refresh_table('q', 't')::text");
        assertThat(run.complete()).containsExactlyInAnyOrderElementsOf(rowsOf(session, "t"));
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  @Test
  void aCopyOfWhichNothingIsReadSaysThatAnotherTableBearsTheName() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLES);
      add(session, "t");
      assertThat(CopyWaits.of(session.connection(), "q")).noneMatch(CopyWaits::replaced);
      session.run(EXCHANGE);
      assertThat(CopyWaits.of(session.connection(), "q"))
          .singleElement()
          .matches(CopyWaits::replaced);
      session.run(EXCHANGE);
      session.run(
          "create trigger logger after insert or update or delete on u for each row execute"
              + " function pgq.logutriga('q')");
      CopyRequests.request(session.connection(), "q", new TableId("public", "u"));
      assertThat(CopyWaits.of(session.connection(), "q")).hasSize(2).noneMatch(CopyWaits::replaced);
    }
  }
}
