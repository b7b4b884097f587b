/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.engine.LockAttempts;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.wire.TopicNames;

class CaptureInstallerIT {

  private static final TableId T = new TableId("public", "t");

  private final CaptureInstaller installer = new CaptureInstaller();

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void addsListsAndRemoves(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      session.run(
          "create function other() returns trigger language plpgsql as $$ begin return null; end"
              + " $$");
      session.run("create trigger others after insert on t execute function other()");

      CapturedTable added = installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      assertThat(added)
          .isEqualTo(new CapturedTable("q", T, CaptureForm.STATEMENT, List.of("id"), false, null));
      assertThat(installer.list(session.connection(), "q")).containsExactly(added);
      assertThat(session.rows("select table_name, state, rows_copied from pgq_connect.table_copy"))
          .containsExactly("t|requested|0");

      assertThat(installer.remove(session.connection(), "q", T)).isTrue();
      assertThat(installer.remove(session.connection(), "q", T)).isFalse();
      assertThat(installer.list(session.connection(), "q")).isEmpty();
      assertThat(session.rows("select tgname from pg_trigger where not tgisinternal"))
          .containsExactly("others");
      assertThat(session.rows("select state from pgq_connect.table_copy"))
          .containsExactly("removed");
      session.run("insert into t values (1, 'a')");
      assertThat(session.events()).isEmpty();
    }
  }

  @Test
  void changesOptionsOfACapturedTable() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      CaptureOptions options = CaptureOptions.defaults().withoutCopy();
      assertThatThrownBy(
              () -> installer.add(session.connection(), "q", T, options.keyedBy(List.of("v"))))
          .hasMessageContaining("Column v of table public.t may be null")
          .hasMessageContaining("ALTER TABLE public.t ALTER COLUMN v SET NOT NULL");
      session.run("alter table t alter column v set not null");
      installer.add(session.connection(), "q", T, options);
      assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("none");
      installer.add(session.connection(), "q", T, options.in(CaptureForm.ROW));
      assertThat(installer.add(session.connection(), "q", T, options).form())
          .isEqualTo(CaptureForm.ROW);
      CapturedTable last =
          installer.add(
              session.connection(),
              "q",
              T,
              options.in(CaptureForm.STATEMENT).keyedBy(List.of("v")).withOldRow());
      assertThat(last.keyColumns()).containsExactly("v");
      session.run("insert into t values (1, 'a'); update t set id = 2; update t set v = 'b'");
      assertThat(session.rows("select ev_type, ev_data, ev_extra2 from pgq.event_1 order by ev_id"))
          .containsExactly("c|(1,a)|null", "u|(2,a)|(1,a)", "d|(2,a)|null", "c|(2,b)|null");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "note"})
  void rowsAreNotToldApartByAChosenKeyThatMayBeNullByNow(String hidden) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int, code int not null, note text)");
      CaptureOptions options =
          CaptureOptions.defaults()
              .keyedBy(List.of("code"))
              .of(
                  new RowOptions(
                      hidden.isEmpty() ? null : List.of(hidden), null, null, null, null, null));
      installer.add(session.connection(), "q", T, options);
      session.run("insert into t values (1, 1); alter table t alter code drop not null");
      session.run("insert into t values (2, null); update t set id = 3");
      String keys =
          """
          select e.ev_type, l.key_columns
            from pgq.event_1 e join pgq_connect.layout l on l.layout_id = e.ev_extra3::int order by e.ev_id\
          """;
      assertThat(session.rows(keys)).startsWith("c|{code}", "c|{}").doesNotContain("u|{code}");
      assertThatThrownBy(
              () -> installer.add(session.connection(), "q", T, CaptureOptions.defaults()))
          .hasMessageContaining("Column code of table public.t may be null")
          .hasMessageContaining("ALTER TABLE public.t ALTER COLUMN code SET NOT NULL");
      session.run("delete from t where code is null; alter table t alter code set not null");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      session.run("truncate pgq.event_1; update t set id = 4");
      assertThat(session.rows(keys)).containsExactly("u|{code}");
    }
  }

  @Test
  void capturesOneTableIntoTwoQueues() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text); select pgq.create_queue('second')");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      installer.add(session.connection(), "second", T, CaptureOptions.defaults());
      session.run("insert into t values (1, 'a')");
      installer.remove(session.connection(), "q", T);
      session.run("insert into t values (2, 'b')");
      assertThat(session.rows("select ev_data from pgq.event_1")).containsExactly("(1,a)");
      assertThat(session.rows("select ev_data from pgq.event_2")).containsExactly("(1,a)", "(2,b)");
    }
  }

  @Test
  void tablesWhoseTopicsKafkaTakesForOneAreNotCapturedIntoOneQueue() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create schema app; create schema app_data; select pgq.create_queue('second');
          create table app.data_users (id int primary key);
          create table app_data.users (id int primary key);
          create table app."data users" (id int primary key);
          create table app."Data_users" (id int primary key)\
          """);
      CaptureOptions options = CaptureOptions.defaults();
      TableId first = new TableId("app", "data_users");
      installer.add(session.connection(), "q", first, options);
      fails(
          session,
          "q",
          new TableId("app_data", "users"),
          "Table app_data.users cannot be captured into queue \"q\" beside table app.data_users",
          "<prefix>.app_data.users and <prefix>.app.data_users",
          "ALTER TABLE app_data.users RENAME TO users_2",
          "./pgq-connect provider install --queue q_2");
      fails(
          session,
          "q",
          new TableId("app", "data users"),
          "beside table app.data_users",
          "<prefix>.app.data_users and <prefix>.app.data_users",
          "./pgq-connect provider add --queue q_2 'app.data users'");
      installer.add(session.connection(), "q", first, options);
      installer.add(session.connection(), "q", new TableId("app", "Data_users"), options);
      installer.add(session.connection(), "second", new TableId("app_data", "users"), options);
      // A table that is gone, or has another name, is in nobody's way.
      session.run("drop table app.data_users");
      installer.add(session.connection(), "q", new TableId("app_data", "users"), options);
    }
  }

  @Test
  void topicsAreNamedInSqlAsInJava() throws Exception {
    TopicNames names = new TopicNames("p");
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      for (String table : List.of("t", "a b", "größe€\uD83D\uDE00", "a.b-c_D9", "\"'\\", "[]^")) {
        assertThat("p." + session.text("select pgq_connect.topic_name('My s', ?)", table))
            .isEqualTo(names.table(new TableId("My s", table)));
      }
    }
  }

  @Test
  void saysWhatToDoWhenATableCannotBeCaptured() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      session.run(
          "create table t (id int, v text); create view v as select 1 as id; create sequence s;"
              + " create materialized view m as select 1 as id");
      admin.run(
          "create table foreigner (id int primary key); create schema hidden; create table hidden.t"
              + " (id int)");

      fails(
          session,
          "q",
          T,
          "Table public.t has no primary key",
          "ALTER TABLE public.t ADD PRIMARY KEY (...)",
          "--key");
      fails(
          session,
          "nope",
          T,
          "There is no queue \"nope\"",
          "./pgq-connect provider install --queue nope");
      fails(
          session,
          "q",
          new TableId("public", "nope"),
          "There is no table public.nope in database it_",
          "information_schema.tables");
      fails(
          session,
          "q",
          new TableId("public", "v"),
          "public.v is a view, and only changes of tables can be captured",
          "Create the view on the subscribers, too");
      fails(
          session,
          "q",
          new TableId("public", "s"),
          "public.s is a sequence",
          "set them on a subscriber before it takes over");
      fails(
          session,
          "q",
          new TableId("public", "m"),
          "public.m is a materialized view",
          "Add the tables that it reads");
      fails(
          session, "q", new TableId("pg_catalog", "pg_class"), "pg_class is a table of the system");
      fails(
          session,
          "q",
          new TableId("public", "foreigner"),
          "GRANT TRIGGER ON public.foreigner TO installer;");
      fails(session, "q", new TableId("hidden", "t"), "permission denied for schema hidden");
      fails(session, "q", new TableId("pgq", "tick"), "pgq.tick belongs to the capture itself");
      assertThatThrownBy(
              () ->
                  installer.add(
                      session.connection(),
                      "q",
                      T,
                      CaptureOptions.defaults().keyedBy(List.of("id", "nr"))))
          .hasMessageContaining("Table public.t has no column nr")
          .hasMessageContaining("Its columns: id, v");
      assertThatThrownBy(() -> installer.refresh(session.connection(), "q", T))
          .hasMessageContaining("./pgq-connect provider add --queue q public.t");
    }
  }

  @Test
  void worksForARoleThatOnlyHasTheTriggerRight() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run("create table t (id int primary key, v text); grant trigger on t to installer");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      admin.run(
          "insert into t values (1, 'a'); update t set id = 2; begin; insert into t values (5,"
              + " 'b'); delete from t; commit");
      assertThat(session.events())
          .containsExactly("c|(1,a)", "d|(1,a)", "c|(2,a)", "c|(5,b)", "d|(2,a)", "d|(5,b)");
      assertThat(installer.remove(session.connection(), "q", T)).isTrue();
      admin.run("insert into t values (3, 'c')");
      assertThat(session.events()).hasSize(6);
    }
  }

  @Test
  void saysThatItIsNotInstalled() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key)");
      fails(session, "q", T, "./pgq-connect provider install --queue q");
    }
  }

  @Test
  void givesWayToWritersAndNamesThemWhenTheyDoNotEnd() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession writer = database.open()) {
      session.run("create table t (id int primary key, v text)");
      writer.run("set application_name = 'night job'; begin; insert into t values (1, 'a')");
      CaptureInstaller hasty =
          new CaptureInstaller(new LockAttempts(Duration.ofMillis(100), 2, Duration.ofMillis(50)));

      assertThatThrownBy(() -> hasty.add(session.connection(), "q", T, CaptureOptions.defaults()))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("Table public.t could not be locked in 2 attempts of 100 ms each")
          .hasMessageContaining("application 'night job', transaction open for 00:00:0")
          .hasMessageContaining(", idle in transaction)")
          .hasMessageNotContaining("insert into t")
          .hasMessageContaining("SELECT pg_terminate_backend(PID)");
      assertThat(session.connection().getAutoCommit()).isTrue();

      CaptureInstaller patient =
          new CaptureInstaller(new LockAttempts(Duration.ofMillis(100), 50, Duration.ofMillis(10)));
      CompletableFuture<Void> end =
          CompletableFuture.runAsync(
              () -> {
                pause(600);
                writer.run("commit");
              });
      patient.add(session.connection(), "q", T, CaptureOptions.defaults());
      end.get();
      writer.run("insert into t values (2, 'b')");
      assertThat(session.events()).containsExactly("c|(2,b)");
    }
  }

  @ParameterizedTest
  @CsvSource({"installer,''", "postgres,''", "installer, partition by range (id)"})
  void otherOptionsAndAnotherKeyWaitForWhoeverHasWrittenWithoutThem(String owner, String partitions)
      throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open(owner);
        TestSession writer = database.open(owner)) {
      admin.run("create table t (id int primary key, v text not null) " + partitions);
      if (!partitions.isEmpty()) {
        admin.run("create table t1 partition of t for values from (0) to (100)");
      }
      admin.run("grant trigger on t to installer");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      CaptureOptions masked =
          CaptureOptions.defaults()
              .of(new RowOptions(null, null, Map.of("v", "constant:***"), null, null, null));
      CaptureOptions keyed = CaptureOptions.defaults().keyedBy(List.of("v", "id"));
      writer.run(
          "set application_name = 'night job'; begin; insert into %s values (1, 'clear')"
              .formatted(partitions.isEmpty() ? "t" : "t1"));
      CaptureInstaller hasty =
          new CaptureInstaller(new LockAttempts(Duration.ofMillis(100), 2, Duration.ofMillis(50)));
      for (CaptureOptions others : List.of(masked, keyed)) {
        assertThatThrownBy(() -> hasty.add(session.connection(), "q", T, others))
            .hasMessageContaining("Table public.t could not be locked in 2 attempts")
            .hasMessageContaining("application 'night job'");
      }
      // What makes no other events waits for nobody.
      hasty.add(session.connection(), "q", T, CaptureOptions.defaults());
      writer.run("commit");
      installer.add(session.connection(), "q", T, masked);
      writer.run("insert into t values (2, 'hidden')");
      assertThat(session.events()).containsExactly("c|(1,clear)", "c|(2,***)");
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
    }
  }

  @Test
  void noticesWhatWasDoneToItsTriggersAndRepairsIt() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);

      session.run("alter table t disable trigger \"00_pgq_connect_1_u\"");
      assertThat(verify(session).state()).isEqualTo(TriggerState.DISABLED);
      assertThat(verify(session).remedy()).contains("ALTER TABLE public.t ENABLE TRIGGER");
      assertThat(verify(session).state().losesChanges()).isTrue();
      session.run("drop trigger \"00_pgq_connect_1_d\" on t");
      assertThat(verify(session).state()).isEqualTo(TriggerState.TRIGGER_MISSING);
      assertThat(verify(session).remedy())
          .isEqualTo("./pgq-connect provider add --queue q public.t");

      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      session.run("alter table t enable trigger \"00_pgq_connect_1_u\"");
      assertThat(verify(session).state()).isEqualTo(TriggerState.CHANGES_MISSED);
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);

      session.run(
          "create function other() returns trigger language plpgsql as $$ begin return null; end"
              + " $$");
      session.run("create trigger later after insert on t for each row execute function other()");
      assertThat(verify(session).state()).isEqualTo(TriggerState.FORM_UNSAFE);
      assertThat(verify(session).detail()).isEqualTo("it has the row trigger later");
      assertThat(installer.add(session.connection(), "q", T, CaptureOptions.defaults()).form())
          .isEqualTo(CaptureForm.ROW);
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);

      session.run("alter trigger later on t rename to \"!earlier\"");
      assertThat(verify(session).state()).isEqualTo(TriggerState.FORM_UNSAFE);
      assertThat(verify(session).remedy())
          .isEqualTo("ALTER TRIGGER \"!earlier\" ON public.t RENAME TO late_earlier");
      session.run(verify(session).remedy());
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);
      session.run("drop trigger late_earlier on t");

      // What was seen to be in the wrong order is reported until it is copied.
      installer.noteUnordered(session.connection(), "q", T);
      installer.refresh(session.connection(), "q", T);
      assertThat(verify(session).state()).isEqualTo(TriggerState.ORDER_UNSURE);
      assertThat(verify(session).remedy())
          .isEqualTo(
              "./pgq-connect provider resync --queue q public.t; or, if no statement changed a row"
                  + " twice meanwhile: select pgq_connect.forget_partitions('q', 'public', 't')");
      session.run("select pgq_connect.forget_partitions('q', 'public', 't')");
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);
      installer.noteUnordered(session.connection(), "q", T);
      session.run("update pgq_connect.table_copy set state = 'none'");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);
      assertThat(session.rows("select state from pgq_connect.table_copy"))
          .containsExactly("requested");

      session.run("alter table t add column n int");
      assertThat(verify(session).state()).isEqualTo(TriggerState.LAYOUT_CHANGED);
      installer.refresh(session.connection(), "q", T);
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);
      session.run("drop table t");
      assertThat(verify(session).state()).isEqualTo(TriggerState.TABLE_MISSING);
    }
  }

  @Test
  void takesUpATableThatWasDroppedAndMadeAnew() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      session.run("drop table t; create table t (id int primary key, v text, n int)");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      assertThat(installer.list(session.connection(), "q")).hasSize(1);
      assertThat(verify(session).state()).isEqualTo(TriggerState.OK);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aTableThatWasDroppedIsRemovedByItsName(TestServer server) throws Exception {
    TableId odd = new TableId("od'd schema", "Mixed.Case's");
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create schema "od'd schema";
          create table "od'd schema"."Mixed.Case's" (id int primary key);
          create table p (id int primary key) partition by range (id);
          create table p1 partition of p for values from (0) to (10)\
          """);
      TableId partitioned = new TableId("public", "p");
      for (TableId table : List.of(odd, partitioned)) {
        installer.add(session.connection(), "q", table, CaptureOptions.defaults());
      }
      session.run("drop schema \"od'd schema\" cascade; drop table p");
      assertThat(installer.verify(session.connection(), "q"))
          .extracting(TableState::state)
          .containsOnly(TriggerState.TABLE_MISSING);
      assertThat(
              session.rows("select detail, remedy from pgq_connect.capture_status('q') order by 2"))
          .allMatch(row -> row.startsWith("it was dropped: no table has oid "))
          .satisfiesExactly(
              row ->
                  assertThat(row)
                      .endsWith(
                          "|./pgq-connect provider remove --queue q 'od'\\''d"
                              + " schema.Mixed.Case'\\''s'"),
              row -> assertThat(row).endsWith("|./pgq-connect provider remove --queue q public.p"));
      assertThatThrownBy(
              () ->
                  installer.add(session.connection(), "q", partitioned, CaptureOptions.defaults()))
          .hasMessageContaining("There is no table public.p in database")
          .hasMessageContaining(
              "it was dropped since. Stop capturing it: ./pgq-connect provider remove --queue q"
                  + " public.p");
      assertThatThrownBy(() -> installer.refresh(session.connection(), "q", partitioned))
          .hasMessageContaining("./pgq-connect provider remove --queue q public.p");
      for (TableId table : List.of(odd, partitioned)) {
        assertThat(installer.remove(session.connection(), "q", table)).isTrue();
        assertThatThrownBy(() -> installer.remove(session.connection(), "q", table))
            .hasMessageContaining("There is no table " + table);
      }
      assertThat(installer.list(session.connection(), "q")).isEmpty();
      assertThat(installer.copies(session.connection(), "q").values()).containsOnly("removed");
      assertThat(session.rows("select 1 from pgq_connect.captured_partition")).isEmpty();
      assertThat(
              session.rows(
                  "select proname from pg_proc where pronamespace = 'pgq_connect'::regnamespace"
                      + " and proname like 'capture\\_1\\_%'"))
          .isEmpty();
    }
  }

  @Test
  void aTableThatWasMadeAnewIsRemovedOrAddedAsTheRemedySays() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key)");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      session.run("drop table t; create table t (id int primary key)");
      assertThat(verify(session).remedy())
          .isEqualTo(
              "./pgq-connect provider add --queue q public.t; or, if it is not to be replicated any"
                  + " more: ./pgq-connect provider remove --queue q public.t");
      assertThat(installer.remove(session.connection(), "q", T)).isTrue();
      assertThat(installer.list(session.connection(), "q")).isEmpty();
      // A view in its place cannot be added.
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      session.run("drop table t; create view t as select 1 as id");
      assertThat(verify(session).remedy())
          .isEqualTo("./pgq-connect provider remove --queue q public.t");
      assertThat(installer.remove(session.connection(), "q", T)).isTrue();
    }
  }

  @Test
  void aTableThatWasRenamedIsRemovedByEitherName() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key); create table other (id int primary key)");
      TableId other = new TableId("public", "other");
      for (TableId name : List.of(T, new TableId("public", "renamed"))) {
        installer.add(session.connection(), "q", T, CaptureOptions.defaults());
        session.run("alter table t rename to renamed");
        assertThat(installer.remove(session.connection(), "q", name)).isTrue();
        assertThat(installer.list(session.connection(), "q")).isEmpty();
        session.run("alter table renamed rename to t");
      }
      session.run("insert into t values (1)");
      assertThat(session.events()).isEmpty();

      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      installer.add(session.connection(), "q", other, CaptureOptions.defaults());
      session.run(
          "alter table t rename to x; alter table other rename to t; alter table x rename to"
              + " other");
      assertThatThrownBy(() -> installer.remove(session.connection(), "q", T))
          .hasMessageContaining("public.other under this one")
          .hasMessageContaining("./pgq-connect provider add --queue q public.t; then repeat");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      assertThat(installer.remove(session.connection(), "q", T)).isTrue();
      assertThat(installer.list(session.connection(), "q"))
          .extracting(CapturedTable::table)
          .containsExactly(other);
      session.run("insert into t values (2); insert into other values (3)");
      assertThat(session.events()).containsExactly("c|(3)");
    }
  }

  @Test
  void partitionsThatWereCapturedByThemselvesAreRemovedWhenTheyAreGone() throws Exception {
    TableId whole = new TableId("public", "p");
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table p (id int primary key) partition by range (id);
          create table p1 partition of p for values from (0) to (10);
          create table p2 partition of p for values from (10) to (20);
          create table p3 partition of p for values from (20) to (30)\
          """);
      for (String partition : List.of("p1", "p2", "p3")) {
        installer.add(
            session.connection(), "q", new TableId("public", partition), CaptureOptions.defaults());
      }
      session.run("drop table p1");
      assertThatThrownBy(() -> installer.remove(session.connection(), "q", whole))
          .hasMessageContaining("captures public.p2, public.p3, and what was dropped, under it");
      session.run("drop table p2; drop table p3");
      assertThat(installer.remove(session.connection(), "q", whole)).isTrue();
      assertThat(installer.list(session.connection(), "q")).isEmpty();
      assertThat(installer.remove(session.connection(), "q", whole)).isFalse();
    }
  }

  private TableState verify(TestSession session) throws SQLException {
    List<TableState> states = installer.verify(session.connection(), "q");
    assertThat(states).hasSize(1);
    return states.get(0);
  }

  private void fails(TestSession session, String queue, TableId table, String... parts) {
    assertThatThrownBy(
            () -> installer.add(session.connection(), queue, table, CaptureOptions.defaults()))
        .isInstanceOfAny(SQLException.class, StopException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As a table is made anew beside the old one, and the two are exchanged. */
  @Test
  void aTableThatTookTheNameIsCapturedInPlaceOfTheRenamedOne() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      CaptureInstaller installer = new CaptureInstaller();
      session.run("create table t (id int primary key, v text)");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      session.run(
          "begin; create table t_new (like t including all); alter table t rename to t_old;"
              + " alter table t_new rename to t; commit");
      TableState renamed = installer.verify(session.connection(), "q").get(0);
      assertThat(renamed.state()).isEqualTo(TriggerState.RENAMED);
      assertThat(renamed.detail())
          .isEqualTo("it is called public.t_old now, and another table has its name");
      assertThat(renamed.remedy())
          .contains(
              "have the table that has its name now captured, and copied: ./pgq-connect provider"
                  + " add --queue q public.t; then stop replicating this one: ./pgq-connect"
                  + " provider remove --queue q public.t_old; or rename it back");
      installer.add(session.connection(), "q", T, CaptureOptions.defaults());
      installer.remove(session.connection(), "q", new TableId("public", "t_old"));
      assertThat(installer.verify(session.connection(), "q"))
          .singleElement()
          .satisfies(state -> assertThat(state.state()).isEqualTo(TriggerState.OK));
      session.run("insert into t values (1, 'a')");
      assertThat(session.events("public.t")).isNotEmpty();
      assertThat(session.rows("select table_name || ' ' || state from pgq_connect.table_copy"))
          .contains("t requested");
    }
  }
}
