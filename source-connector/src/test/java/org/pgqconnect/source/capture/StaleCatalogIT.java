/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** A writer whose snapshot is older than what was done to the table meanwhile. */
class StaleCatalogIT {

  private static final String START =
      "create table t (id int primary key, v varchar(20), n numeric(12,4)); create table other (id"
          + " int)";

  /** What changes no column leaves the layout as it is, with all of its type modifiers. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "repeatable read;statement;;grant select on t to app",
        "repeatable read;row;;grant select on t to app",
        "serializable;statement;;grant select on t to app",
        "repeatable read;statement;skip_unchanged => true;grant select on t to app",
        "repeatable read;row;skip_unchanged => true;grant select on t to app",
        "repeatable read;statement;;alter table t set (fillfactor = 50)",
        "repeatable read;row;;revoke all on t from app; analyze t",
      })
  void aGrantMeanwhileIsNoNewLayout(String level, String form, String option, String dba)
      throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession admin = database.open()) {
      admin.run(START);
      add(admin, form, option);
      app.run("insert into t values (1, 'a', 1.5)");
      app.run("begin isolation level " + level);
      app.rows("select * from other"); // the snapshot
      admin.run(dba);
      app.run("insert into t values (2, 'b', 2.5); update t set v = 'c' where id = 2; commit");

      assertThat(admin.events()).hasSize(3).contains("c|(2,b,2.5000)", "u|(2,c,2.5000)");
      assertThat(
              admin.rows(
                  "select distinct columns -> 1 ->> 'type', complete from pgq_connect.layout"))
          .containsExactly("character varying(20)|t");
      assertThat(lastLayout(admin).columns().get(2).type()).isEqualTo("numeric(12,4)");
      assertThat(lastLayout(admin).complete()).isTrue();
    }
  }

  /** Its rows are right, but subscribers are not told of a definition that is not the true one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "repeatable read;statement;;alter table t alter v type varchar(30)",
        "repeatable read;row;;alter table t alter v type varchar(30)",
        "serializable;row;;alter table t alter v type varchar(30), add x varchar(5)",
        "repeatable read;statement;skip_unchanged => true;alter table t alter v type varchar(30)",
        "repeatable read;row;skip_unchanged => true;alter table t alter v type varchar(30)",
        "repeatable read;statement;;alter table t alter v set not null",
      })
  void anAlterationMeanwhileIsNotAnnouncedByAWriterWhoDoesNotSeeIt(
      String level, String form, String option, String ddl) throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession admin = database.open()) {
      admin.run(START);
      add(admin, form, option);
      app.run("insert into t values (1, 'a', 1.5)");
      app.run("begin isolation level " + level);
      app.rows("select * from other");
      admin.run(ddl);
      app.run("insert into t values (2, 'b', 2.5)");
      app.run("commit");

      assertThat(admin.events().get(1)).startsWith("c|(2,b,2.5");
      Layout stale = lastLayout(admin);
      assertThat(stale.complete()).isFalse();
      assertThat(stale.columns().stream().map(Layout.Column::name)).startsWith("id", "v", "n");

      app.run("insert into t values (3, 'c', 3.5)");
      Layout seen = lastLayout(admin);
      assertThat(seen.complete()).isTrue();
      assertThat(seen.columns().get(2).type()).isEqualTo("numeric(12,4)");
      assertThat(seen.columns().get(1).type())
          .isEqualTo(ddl.contains("30") ? "character varying(30)" : "character varying(20)");
    }
  }

  /** An alias of ours must not be taken for it. */
  @ParameterizedTest
  @ValueSource(strings = {"int", "text", "composed"})
  void aColumnOfAnyNameIsReadAsItIsNow(String type) throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession admin = database.open()) {
      admin.run("create type composed as (id int, v text)");
      admin.run(
          "create table other (id int); create table t (id int primary key, r %s, t %1$s)"
              .formatted(type));
      admin.rows("select pgq_connect.add_table('q', 't')::text");
      app.run("begin isolation level repeatable read");
      app.rows("select * from other");
      admin.run("alter table t add x int");
      app.run("insert into t (id) values (1); commit");
      assertThat(lastLayout(admin).columns().stream().map(Layout.Column::name))
          .containsExactly("id", "r", "t", "x");
    }
  }

  /** The snapshot shows two versions of the table's row in pg_class then. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "repeatable read;statement;",
        "serializable;row;",
        "repeatable read;statement;skip_unchanged => true",
        "repeatable read;row;skip_unchanged => true",
      })
  void aTruncateAfterOneThatTheTransactionDoesNotSeeKeepsTheLayout(
      String level, String form, String option) throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession admin = database.open()) {
      admin.run(START);
      add(admin, form, option);
      app.run("begin isolation level " + level);
      app.rows("select * from other");
      admin.run("truncate t");
      app.run(
          "truncate t; insert into t values (1, 'a', 1.5); update t set v = 'z' where id = 1;"
              + " commit");
      List<String> events = admin.events();
      assertThat(events).startsWith("t|null", "t|null").hasSize(4);
      assertThat(events.get(2)).startsWith("c|(1,a,1.5");
      assertThat(events.get(3)).startsWith("u|(1,z,1.5");
      assertThat(lastLayout(admin).columns().stream().map(Layout.Column::name))
          .containsExactly("id", "v", "n");
      app.run("insert into t values (2, 'b', 2.5)");
      assertThat(lastLayout(admin).complete()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "truncate t",
        "truncate t_1",
        "vacuum full t_1",
        "alter table t_1 set (fillfactor = 90)",
        "grant select on t to app; grant select on t_1 to app"
      })
  void aPartitionedTableIsTruncatedAfterAChangeThatTheTransactionDoesNotSee(String dba) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession admin = database.open()) {
      admin.run(
          "create table other (id int); create table t (id int primary key, v text) partition by"
              + " range (id)");
      admin.run("create table t_1 partition of t for values from (0) to (10)");
      admin.rows("select pgq_connect.add_table('q', 't')::text");
      app.run("insert into t values (1, 'gone')");
      app.run("begin isolation level repeatable read");
      app.rows("select * from other");
      admin.run(dba);
      app.run(
          "truncate t; insert into t values (2, 'b'); update t set v = 'c' where id = 2; commit");
      assertThat(app.rows("select * from t")).containsExactly("2|c");
      assertThat(admin.events()).endsWith("c|(2,b)", "u|(2,c)");
    }
  }

  private static Layout lastLayout(TestSession session) throws SQLException {
    int id =
        Integer.parseInt(
            session.text("select ev_extra3 from pgq.event_1 order by ev_id desc limit 1"));
    return new Layouts(session.connection(), NanoClock.SYSTEM).decoder(id).layout();
  }

  private static void add(TestSession session, String form, String option) {
    session.rows(
        "select pgq_connect.add_table('q', 't', form => '"
            + form
            + "'"
            + (option == null ? "" : ", " + option)
            + ")::text");
  }
}
