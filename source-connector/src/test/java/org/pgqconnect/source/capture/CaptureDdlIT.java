/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * Whatever is done to a captured table, the application's next statement works and is captured as
 * it is.
 */
class CaptureDdlIT {

  private static final String START = "create table t (id int primary key, v text, x int)";

  static Stream<Arguments> alterations() {
    return Stream.of("statement", "row")
        .flatMap(
            form ->
                Stream.of(
                    Arguments.of(
                        form,
                        "alter table t add column n int default 7",
                        "u|(1,new,5,7)",
                        "id,v,x,n",
                        "id"),
                    Arguments.of(form, "alter table t drop column x", "u|(1,new)", "id,v", "id"),
                    Arguments.of(
                        form, "alter table t rename column x to y", "u|(1,new,5)", "id,v,y", "id"),
                    Arguments.of(
                        form,
                        "alter table t alter x type numeric(9,2)",
                        "u|(1,new,5.00)",
                        "id,v,x",
                        "id"),
                    Arguments.of(
                        form,
                        "alter table t rename column id to nr",
                        "u|(1,new,5)",
                        "nr,v,x",
                        "nr"),
                    Arguments.of(
                        form,
                        "alter table t alter x set not null",
                        "u|(1,new,5)",
                        "id,v,x",
                        "id")));
  }

  @ParameterizedTest
  @MethodSource("alterations")
  void noticesInASessionThatCachedItsPlans(
      String form, String ddl, String event, String columns, String key) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(START);
      add(dba, "t", form);
      app.run("insert into t values (1, 'a', 5)");
      for (int i = 0; i < 7; i++) {
        app.run("update t set v = 'b'; delete from t where false");
      }
      dba.run(ddl);

      app.run("update t set v = 'new'");
      assertThat(last(app)).isEqualTo(event);
      assertThat(lastLayout(app)).isEqualTo("public.t|" + columns + "|{" + key + "}");
      app.run("update t set v = 'new'");
      assertThat(app.text("select count(*) from pgq_connect.layout"))
          .as("recorded once")
          .isEqualTo("2");

      assertThat(states(dba)).containsExactly("t|layout changed");
      dba.rows("select pgq_connect.refresh_table('q', 't')::text");
      if (ddl.contains("numeric")) {
        assertThat(states(dba)).containsExactly("t|rows rewritten");
        dba.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
      }
      assertThat(states(dba)).containsExactly("t|ok");
      app.run("update t set v = 'new'");
      assertThat(last(app)).isEqualTo(event);
      assertThat(app.text("select count(distinct ev_extra3) from pgq.event_1")).isEqualTo("2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void followsARenamedTable(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(START);
      add(dba, "t", form);
      app.run("insert into t values (1, 'a', 5)");
      dba.run("alter table t rename to renamed");

      app.run("update renamed set v = 'new'");
      assertThat(app.events("public.renamed")).containsExactly("u|(1,new,5)");
      dba.rows("select pgq_connect.refresh_table('q', 'renamed')::text");
      app.run("update renamed set v = 'newer'");
      assertThat(app.events("public.renamed")).containsExactly("u|(1,new,5)", "u|(1,newer,5)");
      assertThat(states(dba)).containsExactly("renamed|ok");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void capturesWholeRowsWhenTheKeyIsGone(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(START);
      add(dba, "t", form);
      app.run("insert into t values (1, 'a', 5)");
      dba.run("alter table t drop constraint t_pkey");

      app.run("update t set v = 'b'");
      assertThat(app.events()).containsExactly("c|(1,a,5)", "d|(1,a,5)", "c|(1,b,5)");
      assertThat(lastLayout(app)).isEqualTo("public.t|id,v,x|{}");
      dba.rows("select pgq_connect.refresh_table('q', 't')::text");
      app.run("update t set v = 'c'");
      assertThat(app.events().subList(3, 5)).containsExactly("d|(1,b,5)", "c|(1,c,5)");
      dba.run("alter table t add primary key (x)");
      app.run("update t set v = 'd'");
      assertThat(last(app)).isEqualTo("u|(1,d,5)");
      assertThat(lastLayout(app)).isEqualTo("public.t|id,v,x|{x}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void keepsAKeyThatWasChosen(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open()) {
      app.run("create table t (a int not null, b int not null, v text)");
      app.rows(
          "select pgq_connect.add_table('q', 't', form => ?, key_columns => '{b,a}')::text", form);
      app.run("insert into t values (1, 2, 'x'); update t set v = 'y'; update t set a = 3");
      assertThat(app.events()).containsExactly("c|(1,2,x)", "u|(1,2,y)", "d|(1,2,y)", "c|(3,2,y)");
      app.run("alter table t add column n int; update t set v = 'z'");
      assertThat(last(app)).isEqualTo("u|(3,2,z,)");
      assertThat(lastLayout(app)).isEqualTo("public.t|a,b,v,n|{b,a}");
      app.run("alter table t drop column b; update t set v = 'w'");
      assertThat(app.events().subList(5, 7)).containsExactly("d|(3,z,)", "c|(3,w,)");
    }
  }

  @Test
  void aTransactionThatIsOlderThanTheQueueIsToBeRepeated() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run("create table t (id int primary key)");
      app.connection().setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      app.connection().setAutoCommit(false);
      app.rows("select * from pg_class limit 0");
      dba.run("select pgq.create_queue('later')");
      dba.rows("select pgq_connect.add_table('later', 't')::text");
      assertThatThrownBy(() -> app.run("insert into t values (1)"))
          .hasMessageContaining("repeat the transaction")
          .rootCause()
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("40001");
      app.connection().rollback();
      app.run("insert into t values (1)");
      app.connection().commit();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void writesIntoAQueueThatWasMadeAnew(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(START);
      add(dba, "t", form);
      app.run("insert into t values (1, 'a', 5)");
      dba.run("select pgq.drop_queue('q')");
      assertThatThrownBy(() -> app.run("update t set v = 'b'"))
          .hasMessageContaining("queue \"q\", which does not exist")
          .hasMessageContaining("./pgq-connect provider install --queue q");
      assertThat(states(dba)).containsExactly("t|queue missing");

      dba.run("select pgq.create_queue('q')");
      app.run("update t set v = 'b'");
      assertThat(app.events()).containsExactly("u|(1,b,5)");
      assertThat(states(dba)).containsExactly("t|layout changed");
      dba.rows("select pgq_connect.refresh_table('q', 't')::text");
      app.run("update t set v = 'c'");
      assertThat(app.events()).containsExactly("u|(1,b,5)", "u|(1,c,5)");
      assertThat(states(dba)).containsExactly("t|ok");
    }
  }

  @Test
  void tablesThatExchangeNamesAreNeverKnownByTheSame() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open()) {
      app.run("create table a (id int primary key); create table b (id int primary key)");
      for (String table : List.of("a", "b")) {
        app.rows("select pgq_connect.add_table('q', '" + table + "')::text");
      }
      for (String remedy : List.of("add_table", "refresh_table")) {
        app.run("update pgq_connect.table_copy set state = 'done'");
        app.run(
            "begin; alter table a rename to x; alter table b rename to a; alter table x rename to"
                + " b; commit");
        app.rows("select pgq_connect." + remedy + "('q', 'a')::text");
        assertThat(
                app.rows(
                    "select table_name, table_oid = table_name::regclass from"
                        + " pgq_connect.captured_table order by 1"))
            .containsExactly("a|t", "b|t");
        assertThat(app.rows("select table_name, state from pgq_connect.table_copy order by 1"))
            .containsExactly("a|requested", "b|requested");
        assertThat(states(app)).containsExactly("a|ok", "b|ok");
        app.run("insert into a values (1)");
        assertThat(last(app)).isEqualTo("c|(1)");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void survivesOidsThatChangedByARestore(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open()) {
      app.run(START);
      add(app, "t", form);
      // As after a dump and restore: the same triggers and functions, another table oid.
      app.run("create table t2 (like t including all)");
      for (String trigger :
          app.rows(
              "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 't'::regclass order by"
                  + " tgname")) {
        app.run(trigger.replace(" ON public.t ", " ON public.t2 "));
      }
      app.run("alter table t rename to old; drop trigger if exists \"00_pgq_connect_1_i\" on old");
      app.run("drop table old; alter table t2 rename to t");
      app.run(
          "insert into t values (1, 'a', 5); update t set v = 'b'; update t set id = 2; delete from"
              + " t; truncate t");
      assertThat(app.events())
          .containsExactly(
              "c|(1,a,5)", "u|(1,b,5)", "d|(1,b,5)", "c|(2,b,5)", "d|(2,b,5)", "t|null");

      assertThat(states(app)).containsExactly("t|table missing");
      app.rows("select pgq_connect.refresh_table('q', 't')::text");
      // In a catalog that was not restored, other triggers are ones that were away.
      assertThat(states(app)).containsExactly("t|changes missed");
      app.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
      assertThat(states(app)).containsExactly("t|ok");
      app.run("insert into t values (1, 'a', 5)");
      assertThat(
              app.text(
                  """
                  select (l.columns -> 0 ->> 'number')::bigint = 't'::regclass::oid::bigint * 65536 + 1
                    from pgq_connect.layout l join pgq_connect.captured_table c using (layout_id)\
                  """))
          .as("columns have the numbers of the table that is there")
          .isEqualTo("t");
      assertThat(last(app)).isEqualTo("c|(1,a,5)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void seesAnAlterationThatItsSnapshotDoesNot(String form) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(START + "; create table other (id int)");
      add(dba, "t", form);
      app.run("insert into t values (1, 'a', 5)");
      app.connection().setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      app.connection().setAutoCommit(false);
      app.rows("select * from other"); // the snapshot
      dba.run("alter table t add column n int default 7; alter table t rename column v to w");

      app.run("insert into t values (2, 'b', 6, 8)");
      app.connection().commit();
      assertThat(last(dba)).isEqualTo("c|(2,b,6,8)");
      assertThat(lastLayout(dba)).isEqualTo("public.t|id,w,x,n|{id}");
      app.run("insert into t values (3, 'c', 6, 8)");
      app.connection().commit();
      assertThat(last(dba)).isEqualTo("c|(3,c,6,8)");
      assertThat(lastLayout(dba)).isEqualTo("public.t|id,w,x,n|{id}");
    }
  }

  @Test
  void capturesPartitionsUnderTheirRootsName() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(
          """
          create table t (id int, k text, v text, primary key (id, k)) partition by list (k);
          create table t_a partition of t for values in ('a');
          create table t_b (v text, gone int, k text not null, id int not null);
          alter table t_b drop column gone;
          alter table t attach partition t_b for values in ('b');
          """);
      assertThat(dba.text("select form from pgq_connect.add_table('q', 't')")).isEqualTo("row");
      app.run("insert into t values (1, 'a', 'one'), (2, 'b', 'two')");
      app.run("update t_b set v = 'three'");
      app.run("update t set k = 'b' where id = 1");
      dba.run(
          "create table t_c (k text not null, v text, id int not null); alter table t attach"
              + " partition t_c for values in ('c')");
      dba.run("create table t_d partition of t for values in ('d')");
      app.run("insert into t values (3, 'c', 'c'), (4, 'd', 'd')");
      assertThat(states(dba)).containsExactly("t|partition new");
      dba.rows("select pgq_connect.refresh_table('q', 't')::text");
      assertThat(states(dba)).containsExactly("t|ok");
      app.run("insert into t values (5, 'c', 'c')");
      dba.run("alter table t add column n int");
      app.run("delete from t where id in (4, 5)");
      app.run("truncate t");

      assertThat(app.events("public.t"))
          .containsExactly(
              "c|(1,a,one)",
              "c|(two,b,2)",
              "u|(three,b,2)",
              "d|(1,a,one)",
              "c|(one,b,1)",
              "c|(c,c,3)",
              "c|(4,d,d)",
              "c|(c,c,5)",
              "d|(c,c,5,)",
              "d|(4,d,d,)",
              "t|null");
      assertThat(
              app.rows(
                  "select e.ev_data, l.columns -> 0 ->> 'name', l.key_columns::text from"
                      + " pgq.event_1 e join pgq_connect.layout l on l.layout_id = e.ev_extra3::int"
                      + " where e.ev_type <> 't' order by ev_id"))
          .allMatch(row -> row.startsWith("(") && row.endsWith("|{id,k}"))
          .contains("(two,b,2)|v|{id,k}", "(c,c,3)|k|{id,k}", "(4,d,d)|id|{id,k}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void writesOnThroughRotations(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(START);
      add(dba, "t", form);
      dba.run("update pgq.queue set queue_rotation_period = '0'");
      for (int i = 0; i < 4; i++) {
        app.run("insert into t values (" + i + ", 'a', 5)");
        app.run("insert into t values (-1, 'b', 5)");
        app.run("update t set v = 'c' where id = -1");
        app.run("delete from t where id = -1");
        assertThat(
                dba.rows("select ev_type, ev_data from pgq.event_1_" + i % 3 + " order by ev_id"))
            .containsExactly("c|(" + i + ",a,5)", "c|(-1,b,5)", "u|(-1,c,5)", "d|(-1,c,5)");
        dba.run("select pgq.maint_rotate_tables_step1('q')");
        dba.run("select pgq.maint_rotate_tables_step2()");
      }
    }
  }

  /** A plan that was cached for one row must not be used as a nested loop for 200,000. */
  @Test
  void isFastForManyRowsAfterOne() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open()) {
      app.run(START);
      add(app, "t", "statement");
      app.run("insert into t values (0, 'first', 0)");
      app.run("update t set v = 'x'; update t set id = -1; delete from t");
      app.run("insert into t select g, 'v' || g, g from generate_series(1, 200000) g");
      app.run("set statement_timeout = '5min'");
      app.run("update t set v = 'changed'");
      app.run("update t set id = -id");
      app.run("begin; insert into t values (1, 'a', 1); delete from t; commit");
      assertThat(app.rows("select ev_type, count(*) from pgq.event_1 group by 1 order by 1"))
          .containsExactly("c|400003", "d|400003", "u|200001");
    }
  }

  private static void add(TestSession session, String table, String form) {
    session.rows("select pgq_connect.add_table('q', ?::regclass, form => ?)::text", table, form);
  }

  private static String last(TestSession session) {
    var events = session.events();
    return events.get(events.size() - 1);
  }

  /** Name, columns and key of the last event's layout. */
  private static String lastLayout(TestSession session) {
    return session.text(
        """
        select l.table_schema || '.' || l.table_name || '|'
               || (select string_agg(c ->> 'name', ',') from jsonb_array_elements(l.columns) c) || '|' || l.key_columns::text
          from pgq.event_1 e join pgq_connect.layout l on l.layout_id = e.ev_extra3::int
         order by e.ev_id desc limit 1
        """);
  }

  private static java.util.List<String> states(TestSession session) {
    return session.rows("select table_name, state from pgq_connect.capture_status('q')");
  }
}
