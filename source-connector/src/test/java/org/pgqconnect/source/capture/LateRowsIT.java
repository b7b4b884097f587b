/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * Transactions that hold rows of one key at the same time, as a deferrable key lets them: events in
 * the order of their ids must leave what a reader of the table sees.
 */
class LateRowsIT {

  private static final String DEFERRED =
      "t (id int primary key deferrable initially deferred, v text)";

  private static final String PARTITIONED =
      DEFERRED
          + " partition by range (id);"
          + " create table t_a partition of t for values from (0) to (2);"
          + " create table t_b partition of t for values from (2) to (9)";

  /** Without it PostgreSQL rewrites no table whose rows are to be checked. */
  private static final String CHECKED = "set constraints all immediate; ";

  /** What a reader of queue q sees, by the key's text. */
  private final Map<String, String> replica = new HashMap<>();

  /** What a reader of the table's second queue sees. */
  private final Map<String, String> second = new HashMap<>();

  private String lastTick;

  /** What the writers did, as far as a failure needs it. */
  private final Queue<String> history = new ConcurrentLinkedQueue<>();

  @Test
  void aTableIsAddedAndRefreshedThoughTheDatabaseRefusesVariablesThatHideOthers() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("set plpgsql.extra_errors = 'all'; set plpgsql.extra_warnings = 'all'");
      capture(session, DEFERRED, "");
      session.run("alter table t add column w int");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      session.run("insert into t values (1, 'a')");
      assertThat(session.events()).containsExactly("c|(1,a,)");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aRowThatReplacesOneWhichAnotherTransactionDeletesStays(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t values (1, 'old')");
      b.run("begin; insert into t values (1, 'new')");
      a.run("delete from t where id = 1");
      b.run("commit");
      assertSame(a);
      assertThat(replica).containsExactly(Map.entry("1", "(1,new)"));
    }
  }

  /** It was never the key's row for anybody else, so its delete is nothing to tell. */
  @ParameterizedTest
  @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
  void aRowThatIsTakenBackBesideAnothersRowDeletesNothing(String level) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      capture(a, DEFERRED, "");
      b.run("begin isolation level " + level);
      b.rows("select * from t");
      a.run("begin; insert into t values (1, 'a'); set constraints all immediate");
      b.run("insert into t values (1, 'b')");
      b.run("update t set v = 'bb' where v = 'b'");
      b.run("delete from t where v = 'bb'");
      b.run("commit");
      a.run("commit");
      assertSame(a);
      assertThat(replica).containsExactly(Map.entry("1", "(1,a)"));
    }
  }

  /**
   * The first of the transaction's rows that our trigger sees is not the inserted one, but what
   * another trigger made of it, maybe in a subtransaction.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "update t set v = 'bb' where v = 'b';",
        "begin update t set v = 'bb' where v = 'b'; exception when division_by_zero then end;"
      })
  void aRowThatAnEarlierTriggerChangesAndThatIsTakenBackDeletesNothing(String work) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      capture(a, DEFERRED, "");
      a.run(
          "create function nest() returns trigger language plpgsql as $$ begin "
              + work
              + " return null; end $$; create trigger \"!before\" after insert on t for each row"
              + " execute function nest()");
      b.run("begin isolation level repeatable read");
      b.rows("select * from t");
      a.run("insert into t values (1, 'a')");
      b.run("insert into t values (1, 'b')");
      assertThat(b.rows("select v from t")).containsExactly("bb");
      b.run("delete from t where v = 'bb'");
      b.run("commit");
      assertSame(a);
      assertThat(replica).containsExactly(Map.entry("1", "(1,a)"));
    }
  }

  /** A row whose number seems to be one that is yet to come was made by nobody who is at work. */
  @Test
  void aRowOfLongAgoIsNotTheTransactionsOwn() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      assertThat(
              a.rows(
                  """
                  select ahead, pgq_connect.is_own(((txid_current() + ahead) % 4294967296)::text::xid)
                    from unnest(array[-1, 0, 1000000, 2147483647, -2147483647]) ahead\
                  """))
          .containsExactly("-1|f", "0|t", "1000000|f", "2147483647|f", "-2147483647|f");
    }
  }

  /** The key is deferred again, after all constraints were made immediate. */
  @Test
  void theKeyMayBeDeferredAgain() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t values (1, 'old')");
      b.run("begin; set constraints all immediate; set constraints t_pkey deferred");
      b.run("insert into t values (1, 'new')");
      a.run("delete from t where id = 1");
      b.run("commit");
      assertSame(a);
      assertThat(replica).containsExactly(Map.entry("1", "(1,new)"));
    }
  }

  /** The statement names another table than the captured one, whose rows are also in that. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into t_a values (1, 'new')| t | create table o.t_a partition of t for values from"
            + " (0) to (9)",
        "insert into t values (1, 'new')| t | create table o.t_a partition of t for values from (0)"
            + " to (9)",
        "insert into t values (1, 'new')| t_a | create table o.t_a partition of t for values from"
            + " (0) to (9)",
        "update t set id = 1 where id = 5| t_a | create table o.t_a (primary key (id) deferrable"
            + " initially deferred) inherits (t)"
      })
  void theKeyMayBeDeferredAgainWhereAStatementNamesAnotherTable(String input) {
    String[] parts = input.split("\\|");
    boolean inherits = parts[2].contains("inherits");
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      a.run(
          "create schema o; create table "
              + (inherits ? "t (id int, v text)" : DEFERRED + " partition by range (id)"));
      a.run(parts[2]);
      for (TestSession session : List.of(a, b)) {
        session.run("set search_path = public, o");
      }
      a.rows("select pgq_connect.add_table('q', ?::regclass)::text", parts[1].strip());
      assertThat(a.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
      a.run("insert into t_a values (1, 'old'), (5, 'new')");
      b.run("begin; set constraints all immediate");
      b.run(
          "set constraints t_a_pkey deferred"
              + (inherits ? "" : "; set constraints t_pkey deferred"));
      b.run(parts[0]);
      a.run("delete from t where id = 1");
      b.run("commit");
      assertSame(a);
      assertThat(replica).containsEntry("1", "(1,new)");
    }
  }

  /** Its trigger is another one then. */
  @Test
  void aTableThatBecomesAPartitionIsReported() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      a.run(
          "create table whole (id int primary key deferrable initially deferred, v text) partition"
              + " by range (id)");
      a.run("alter table whole attach partition t for values from (0) to (9)");
      assertThat(a.text("select state || detail from pgq_connect.capture_status('q')"))
          .isEqualTo(
              "inheritance missedit has become a partition of public.whole, whose other partitions"
                  + " are not captured");
      a.rows("select pgq_connect.add_table('q', 't')::text");
      assertThat(a.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
    }
  }

  /** RESET ALL takes the notes of what the transaction has captured away. */
  @Test
  void whatIsDeletedOrMovedAfterResetAllIsDeleted() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t select nr, 'old' from generate_series(1, 5) nr");
      a.run("begin; update t set v = 'new' where id < 4; reset all; delete from t where id = 1");
      a.run("update t set id = 22 where id = 2; update t set v = 'x' where id in (3, 4)");
      a.run("reset all; delete from t where id = 4");
      a.run(
          "savepoint s; update t set v = 'y' where id = 5; rollback to s; insert into t values (6,"
              + " 'new')");
      a.run("delete from t where id in (5, 6); prepare transaction 'reset'");
      a.run("commit prepared 'reset'");
      assertSame(a);
      assertThat(replica).containsOnlyKeys("3", "22");
      assertThat(a.rows("select name from pg_cursors where name <> ''")).isEmpty();
    }
  }

  @Test
  void aPreparedTransactionKeepsItsPlace() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t values (1, 'old')");
      b.run("begin; insert into t values (1, 'new')");
      a.run("delete from t where id = 1");
      b.run("prepare transaction 'late'");
      a.run("insert into t values (2, 'x')");
      assertSame(a);
      b.run("commit prepared 'late'");
      assertSame(a);
      assertThat(replica).containsEntry("1", "(1,new)");
    }
  }

  /** Its rows are at other places then, or others at theirs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into t select i, 'x' from generate_series(1, 3) i; set constraints all immediate;"
            + " truncate t; insert into t select i, 'y' from generate_series(11, 19) i; delete from"
            + " t where id = 12",
        "delete from t where id < 0; insert into t values (1, 'x'), (2, 'x'); set constraints all"
            + " immediate; alter table t alter v type varchar(10); delete from t where id = 1;"
            + " update t set v = 'y' where id = 2; insert into t values (3, 'z')",
        "alter table t alter v type varchar(10); delete from t where id = -1; update t set id = -3"
            + " where id = -2",
        "insert into t values (2, 'x'), (1, 'x'); delete from t where id = -1; set constraints all"
            + " immediate; cluster t using t_pkey; delete from t where id = 1; update t set v = 'y'"
            + " where id = 2",
      })
  void aTransactionThatWritesTheTableIntoAnotherFileMissesNoRow(String work) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t values (-1, 'old'), (-2, 'old')");
      assertSame(a);
      a.run("begin; " + work + "; commit");
      assertSame(a);
    }
  }

  /** What one queue's trigger captured, that of the other one has not. */
  @Test
  void aTableIsCapturedIntoTwoQueues() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      a.rows("select pgq.create_queue('q2')");
      a.rows("select pgq_connect.add_table('q2', 't')::text");
      a.run(
          "begin; insert into t values (1, 'a'), (2, 'b'); update t set id = 5 where id = 2;"
              + " commit");
      a.run("update t set id = 7, v = 'c' where id = 1; delete from t where id = 5");
      assertThat(
              a.rows(
                  "select ev_type, ev_data from pgq.event_2 where ev_extra1 = 'public.t' order by"
                      + " ev_id"))
          .isNotEmpty()
          .containsExactlyElementsOf(a.events());
      assertSame(a);
    }
  }

  @Test
  void eachQueueOfATableGetsItsRows() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      captureTwice(a, "");
      a.run("insert into t values (1, 'a'), (2, 'b'), (3, 'c')");
      assertSame(a);
      a.run("update t set id = id + 1, v = v || '!'");
      assertSame(a);
      a.run(
          "begin; update t set v = 'x'; delete from t where id = 2; insert into t values (2, 'y')");
      a.run("update t set v = 'z'; commit");
      assertSame(a);
      assertThat(second).hasSize(3).containsEntry("2", "(2,z)");
    }
  }

  /** What a transaction does when all its rows are captured; most of it writes them anew first. */
  private static final List<String> REWRITING =
      List.of(
          // New rows get the places of rows that were captured before.
          "truncate t; insert into t select g, 'new' from generate_series(11, 19) g",
          "truncate t; insert into t values (1, 'n'); truncate_again; insert into t values (2,"
              + " 'm')",
          "truncate t; insert into t values (1, 'n'); delete from t; insert into t values (1, 'm')",
          "truncate t; insert into t values (1, 'n'); update t set v = 'm'; update t set id = 2",
          // Rows that were captured before get other places, or an xmin as if the transaction had
          // made them.
          "cluster t using t_pkey; delete from t where id in (1, 7)",
          "cluster t using t_pkey; update t set v = 'u' where id < 8; delete from t where id = 2",
          "cluster t using t_pkey; update t set id = id + 1; delete from t where id = 3",
          "rewrite; delete from t where id in (1, 7)",
          "rewrite; update t set v = 'u'; delete from t where id = 7",
          "rewrite; update t set v = 'u'; update t set v = 'w' where id = 1; delete from t where v"
              + " = 'w'",
          "rewrite; update t set id = 10 - id; delete from t where id = 9",
          "alter table t alter id type bigint; delete from t where id in (1, 7)",
          "alter table t alter id type bigint; update t set v = 'u'; delete from t where id = 2",
          "rewrite; set constraints all deferred; insert into t values (1, 'twice'); delete from t"
              + " where v = 'twice'",
          "rewrite; set constraints all deferred; insert into t values (1, 'twice'); delete from t"
              + " where id = 1 and v <> 'twice'",
          "rewrite; update t set v = 'u'; set constraints all immediate; rewrite; delete from t",
          // What is rolled back was not written.
          "savepoint s; rewrite; delete from t where id = 1; rollback to s; delete from t where id"
              + " = 7",
          "savepoint s; truncate t; insert into t values (1, 'n'), (2, 'm'); rollback to s;"
              + " update t set v = 'u'; delete from t where id = 2",
          "savepoint s; truncate t; insert into t values (1, 'n'); release s; update t set v = 'm'",
          "savepoint s; delete from t where id = 1; rollback to s; cluster t using t_pkey;"
              + " delete from t where id = 1",
          // The definition changes, and the rows stay where they are.
          "alter table t add c int; update t set v = 'u'; delete from t where id = 1",
          "grant select on t to public; set constraints all deferred; insert into t values (1,"
              + " 'twice'); delete from t where v = 'twice'");

  /** Rows change, in the transaction that wrote all of the table's rows into another file. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "insert into t values (7, 'g'), (8, 'h')",
        "update t set id = id + 1",
        "savepoint r; insert into t values (7, 'g'), (8, 'h'); rollback to r"
      })
  void rowsChangeAfterTheTransactionRewroteTheTable(String before) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      captureTwice(a, "");
      for (String work : REWRITING) {
        String sql =
            work.replace("truncate_again", CHECKED + "truncate t")
                .replace("rewrite", "alter table t alter v type text using v || ''");
        a.run("truncate t; alter table t drop column if exists c; alter table t alter id type int");
        a.rows("select pgq_connect.refresh_table(queue_name, 't')::text from pgq.queue");
        a.run(
            "insert into t select g, 'old' from generate_series(1, 3) g; delete from t where id ="
                + " 3");
        assertSame(a);
        try {
          a.run("begin; " + before);
          a.run(CHECKED + sql);
          a.run("prepare transaction 'late'");
          a.run("commit prepared 'late'");
          assertSame(a);
        } catch (AssertionError | IllegalStateException e) {
          throw new AssertionError(work + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /** The transaction's snapshot shows the definition before both changes, too. */
  @Test
  void rowsChangeAfterARewriteOfATableThatAnotherTransactionAltered() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open();
        TestSession b = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t select g, 'old' from generate_series(1, 3) g");
      b.run("begin isolation level repeatable read");
      b.rows("select * from t");
      a.run("alter table t set (fillfactor = 90)");
      b.run("alter table t alter v type text using v || ''");
      b.run("delete from t where id = 1; update t set id = 7 where id = 2; commit");
      assertSame(a);
    }
  }

  /** A trigger that comes before ours changes the rows again that a statement has just written. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "truncate t",
        "cluster t using t_pkey",
        "alter table t alter v type text using v || ''"
      })
  void anEarlierTriggerChangesRowsAfterARewrite(String rewrite) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      captureTwice(a, "");
      a.run(
          """
          create function nest() returns trigger language plpgsql as $$ begin
            if new.v like '%x' then
              update t set v = v || '!' where id = new.id;
            elsif new.v like '%y' then
              update t set id = id + 100, v = 'moved' where id = new.id;
            elsif new.v like '%z' then
              delete from t where id = new.id;
            end if;
            return null;
          end $$;
          create trigger "!before" after insert or update on t for each row execute function nest()\
          """);
      a.run("insert into t select g, 'old' from generate_series(1, 9) g");
      a.run("begin; " + rewrite);
      a.run("insert into t values (11, 'x'), (12, 'y'), (13, 'z'), (14, 'n')");
      a.run("update t set v = 'x' where id in (1, 11)");
      a.run("update t set v = 'y' where id in (2, 14)");
      a.run("update t set v = 'z' where id in (3, 112)");
      a.run("update t set v = 'ux', id = id + 50 where id in (4, 5)");
      a.run("update t set v = 'uz', id = id + 50 where id in (6, 7)");
      a.run("delete from t where id in (54, 8)");
      a.run("commit");
      assertSame(a);
      a.run("delete from t");
      assertSame(a);
    }
  }

  /** So many rows that not all of them can be noted. */
  @Test
  void manyRowsChangeAfterARewrite() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, DEFERRED, "");
      a.run("insert into t select g, 'old' from generate_series(1, 6000) g");
      a.run("begin; alter table t alter v type text using v || ''");
      a.run("update t set v = 'u' where id <= 5000; delete from t where id % 7 = 0");
      a.run("insert into t select g, 'new' from generate_series(7001, 12000) g");
      a.run("update t set v = 'n' where id % 3 = 0; update t set id = -id where id % 5 = 0");
      a.run("delete from t where id % 11 = 0; commit");
      assertSame(a);
    }
  }

  @Test
  void aPartitionIsAttachedAndEmptiedInOneTransaction() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession a = database.open()) {
      capture(a, PARTITIONED, "");
      captureTwice(a, "");
      a.run("insert into t select g, 'old' from generate_series(0, 8) g");
      assertSame(a);
      a.run("begin; update t set id = 8 - id; " + CHECKED + "truncate t_a");
      a.run(
          "insert into t values (0, 'n'), (1, 'm'); update t set id = 9 - id where id between 1 and"
              + " 8");
      a.run(CHECKED + "delete from t where id = 8; cluster t_b using t_b_pkey");
      a.run("delete from t where id = 7; update t set v = 'u' where id = 6; commit");
      assertSame(a);
    }
  }

  /** Once a statement, rows could not be captured late. */
  @Test
  void aTableWhoseKeyIsDeferrableIsCapturedOnceARow() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table " + DEFERRED);
      assertThatThrownBy(
              () ->
                  session.rows("select pgq_connect.add_table('q', 't', form => 'statement')::text"))
          .hasMessageContaining(
              "Table public.t can only be captured in form \"row\", because its key is deferrable");
      session.run("alter table t drop constraint t_pkey; alter table t add primary key (id)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run(
          "alter table t drop constraint t_pkey; alter table t add primary key (id) deferrable");
      assertThat(session.rows("select state, detail, remedy from pgq_connect.capture_status('q')"))
          .containsExactly(
              "trigger missing|00_pgq_connect_b, zz_pgq_connect_k|./pgq-connect provider add"
                  + " --queue q public.t");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (1, 'a')");
      session.run("alter table t drop constraint t_pkey; alter table t add primary key (id)");
      session.run("insert into t values (2, 'b')");
      session.rows("select pgq_connect.refresh_table('q', 't')::text");
      session.run("insert into t values (3, 'c')");
      session.run("update t set v = 'd' where id = 2");
      assertThat(session.events()).containsExactly("c|(1,a)", "c|(2,b)", "c|(3,c)", "u|(2,d)");
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
    }
  }

  static Stream<Arguments> tables() {
    String trigger =
        """
        ; create function nest() returns trigger language plpgsql as $$
        begin
          if pg_trigger_depth() < 2 and new.id % 2 = 0 then
            update t set v = v || '!' where id = new.id and v not like '%!';
          end if;
          return null;
        end $$;
        create trigger NAME after insert on t for each row execute function nest()\
        """;
    return Stream.of(
        Arguments.of(DEFERRED, ""),
        Arguments.of("t (id int primary key deferrable initially immediate, v text)", ""),
        Arguments.of(
            "t (id int not null unique deferrable initially deferred, v text)",
            ", key_columns => '{id}'"),
        Arguments.of(
            "t (id int not null, v text, exclude using btree (id with =) deferrable initially"
                + " deferred)",
            ", key_columns => '{id}'"),
        Arguments.of(DEFERRED, ", skip_unchanged => true"),
        Arguments.of(DEFERRED, ", old_row => true"),
        Arguments.of(DEFERRED + trigger.replace("NAME", "nested"), ""),
        Arguments.of(DEFERRED + trigger.replace("NAME", "\"!before\""), ""),
        Arguments.of(PARTITIONED, ""));
  }

  /** Few keys, three writers who do what comes to their mind, and ticks in between. */
  @ParameterizedTest
  @MethodSource("tables")
  void eventsLeaveWhatAReaderOfEachTickSees(String table, String options) throws Exception {
    long seed = Long.getLong("pgqconnect.late.seed", System.nanoTime());
    int rounds = Integer.getInteger("pgqconnect.late.rounds", 10);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession a = database.open();
        TestSession b = database.open();
        TestSession c = database.open()) {
      capture(session, table, options);
      captureTwice(session, options);
      List<TestSession> writers = List.of(a, b, c);
      for (int round = 0; round < rounds; round++) {
        List<Future<?>> running = new ArrayList<>();
        history.clear();
        for (int i = 0; i < writers.size(); i++) {
          TestSession writer = writers.get(i);
          Random random = new Random(seed + 1000L * round + i);
          String name = "writer " + i + ": ";
          running.add(threads.submit(() -> work(writer, name, random)));
        }
        while (running.stream().anyMatch(writer -> !writer.isDone())) {
          assertSame(session);
        }
        for (Future<?> writer : running) {
          writer.get();
        }
        assertSame(session);
      }
    } catch (AssertionError e) {
      throw new AssertionError(
          "-Dpgqconnect.late.seed=%d: %s%n%s"
              .formatted(seed, e.getMessage(), String.join("\n", history)),
          e);
    } finally {
      threads.shutdownNow();
    }
  }

  /** Some transactions. What fails, because rows or locks are in the way, is rolled back. */
  private void work(TestSession session, String name, Random random) {
    session.run("set lock_timeout = '100ms'");
    for (int transaction = 0; transaction < 4; transaction++) {
      String level =
          List.of("read committed", "read committed", "repeatable read", "serializable")
              .get(random.nextInt(4));
      try {
        run(session, name, "begin isolation level " + level);
        int statements = 1 + random.nextInt(5);
        for (int i = 0; i < statements; i++) {
          run(
              session,
              name,
              random.nextInt(12) == 0 ? rewrite(session, random) : statement(random));
        }
        run(session, name, random.nextInt(8) == 0 ? "rollback" : "commit");
      } catch (IllegalStateException e) {
        session.run("rollback");
      }
    }
  }

  private void run(TestSession session, String name, String sql) {
    history.add(name + sql);
    try {
      session.run(sql);
      history.add(name + "done");
    } catch (IllegalStateException e) {
      history.add(name + e.getMessage());
      throw e;
    }
  }

  private static String statement(Random random) {
    int key = random.nextInt(4);
    String value = "'" + Integer.toString(random.nextInt(100000), 36) + "'";
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> "insert into t values (%d, %s)".formatted(key, value);
      case 3, 4, 5 -> "delete from t where id = " + key;
      case 6 -> "update t set v = %s where id = %d".formatted(value, key);
      case 7 -> "update t set id = 3 - id, v = %s".formatted(value);
      case 8 -> "update t set id = %d where id = %d".formatted(random.nextInt(4), key);
      case 9 -> "set constraints all " + (random.nextBoolean() ? "immediate" : "deferred");
      case 10 -> "savepoint s; insert into t values (%d, %s); rollback to s".formatted(key, value);
      case 11 ->
          "savepoint s; delete from t where id = %d; insert into t values (%1$d, %s); release s"
              .formatted(key, value);
      case 12 ->
          "with d as (delete from t where id = %d returning id) insert into t select id, %s from d"
              .formatted(key, value);
      default -> "select pg_sleep(0.002)";
    };
  }

  /** What writes the rows into another file; it fails while constraints are to be checked. */
  private static String rewrite(TestSession session, Random random) {
    List<String> clusters =
        session.rows(
            """
            select format('cluster %s using %I', indrelid::regclass, c.relname)
              from pg_index i join pg_class c on c.oid = i.indexrelid
             where c.relkind = 'i' and indrelid in (select relid from pg_partition_tree('t') union all select 't'::regclass)
             order by c.relname\
            """);
    String work =
        switch (random.nextInt(6)) {
          case 0 -> "truncate t";
          case 1 -> "alter table t alter v type varchar(9)";
          case 2 -> "alter table t alter v type text using v || ''";
          case 3 -> "savepoint s; alter table t alter v type text using v || ''; rollback to s";
          case 4 -> "alter table t set (fillfactor = 90)";
          default -> clusters.get(random.nextInt(clusters.size()));
        };
    return random.nextInt(5) == 0 ? work : CHECKED + work;
  }

  private static void captureTwice(TestSession session, String options) {
    session.rows("select pgq.create_queue('second')");
    session.rows("select pgq_connect.add_table('second', 't'" + options + ")::text");
  }

  private static void capture(TestSession session, String table, String options) {
    session.run("create table " + table);
    session.rows("select pgq_connect.add_table('q', 't'" + options + ")::text");
    assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
  }

  /**
   * Applies what became visible since the last look, in the order of ids, and compares. A snapshot
   * does not keep rows from TRUNCATE and ALTER TABLE, the lock does.
   */
  private void assertSame(TestSession session) {
    session.run("begin isolation level repeatable read; lock table t in access share mode");
    String tick = session.text("select txid_current_snapshot()::text");
    Map<String, String> table = new HashMap<>();
    session
        .rows("select t::text from t")
        .forEach(row -> assertThat(table.put(key(row), row)).as("one row a key").isNull());
    List<List<String>> events =
        session.rows("select queue_data_pfx from pgq.queue order by queue_name").stream()
            .map(
                queue ->
                    session.rows(
                        """
                        select ev_type || coalesce(ev_data, '') from %s
                         where txid_visible_in_snapshot(ev_txid, ?::txid_snapshot)
                           and not txid_visible_in_snapshot(ev_txid, ?::txid_snapshot)
                         order by ev_id\
                        """
                            .formatted(queue),
                        tick,
                        lastTick == null ? "1:1:" : lastTick))
            .toList();
    session.run("commit");
    lastTick = tick;
    apply(events.get(0), replica, table);
    if (events.size() > 1) {
      apply(events.get(1), second, table);
    }
  }

  private static void apply(
      List<String> events, Map<String, String> replica, Map<String, String> table) {
    Map<String, String> before = new HashMap<>(replica);
    for (String event : events) {
      String row = event.substring(1);
      switch (event.charAt(0)) {
        case 'd' -> replica.remove(key(row));
        case 't' -> replica.clear();
        case 'u' -> {
          assertThat(replica).as("%s, events: %s", event, events).containsKey(key(row));
          replica.put(key(row), row);
        }
        default -> replica.put(key(row), row);
      }
    }
    assertThat(replica).as("before: %s, events: %s", before, events).isEqualTo(table);
  }

  private static String key(String row) {
    return row.substring(1, row.indexOf(','));
  }
}
