/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** Row triggers of others that change more rows of the captured table while a statement runs. */
class CaptureNestedIT {

  private static final String TABLE =
      "create table addr (id int primary key, owner int, is_default boolean);";

  private static final String FUNCTION =
      """
      create function one_default() returns trigger language plpgsql as $$
      begin
        if new.is_default then
          update addr set is_default = false where owner = new.owner and is_default and id <> new.id;
        end if;
        return new;
      end $$;
      """;

  private static final String TRIGGER =
      "create trigger one_default %s insert or update on addr for each row execute function"
          + " one_default()";

  @ParameterizedTest
  @CsvSource({"statement,before", "row,before", "row,after"})
  void endsWithWhatIsInTheTable(String form, String time) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE + FUNCTION + TRIGGER.formatted(time));
      add(session, form);
      session.run("insert into addr values (1, 7, true), (2, 7, true)");
      assertConverges(session);
      assertThat(state(session)).isEqualTo("ok|null|null");
      changeManyRows(session);
    }
  }

  /** Without a refresh every change goes the slow way. */
  @ParameterizedTest
  @CsvSource({"statement,before", "row,before", "row,after"})
  void noticesATriggerThatIsAddedLater(String form, String time) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession dba = database.open()) {
      session.run(TABLE + FUNCTION);
      add(session, form);
      for (int i = 0; i < 7; i++) {
        session.run(
            "insert into addr values (0, 7, false); update addr set owner = 1; delete from addr");
      }
      dba.run(TRIGGER.formatted(time));
      assertThat(state(session))
          .isEqualTo(
              "layout changed|the table or its row triggers were altered"
                  + "|select * from pgq_connect.refresh_table('q', 'public.addr')");
      session.run("insert into addr values (1, 7, true), (2, 7, true)");
      assertConverges(session);
      changeManyRows(session);
      session.rows("select pgq_connect.refresh_table('q', 'addr')::text");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("delete from addr");
      changeManyRows(session);
    }
  }

  private static void changeManyRows(TestSession session) {
    session.run("insert into addr select g, g % 3, true from generate_series(10, 30) g");
    assertConverges(session);
    session.run("insert into addr values (4, 1, true), (5, 1, false), (6, 1, true)");
    assertConverges(session);
    session.run("update addr set owner = 7 where id > 20");
    assertConverges(session);
    session.run("update addr set id = id + 100 where not is_default");
    assertConverges(session);
    session.run("delete from addr where id > 120");
    assertConverges(session);
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void followsRowsThatAreDeletedAndInsertedByTriggers(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          TABLE
              + """
              create function evict() returns trigger language plpgsql as $$
              begin
                if tg_op = 'INSERT' then
                  delete from addr where owner = new.owner;
                  return new;
                end if;
                if old.id = 2 and pg_trigger_depth() = 1 then
                  insert into addr values (50, 91, false);
                end if;
                return old;
              end $$;
              create trigger evict before insert or delete on addr for each row execute function evict();
              """);
      add(session, form);
      session.run("insert into addr values (1, 7, true), (2, 7, true), (3, 8, true)");
      assertConverges(session);
      session.run("delete from addr where id <> 2; insert into addr values (1, 1, true)");
      assertConverges(session);
      session.run("delete from addr where id in (1, 2)");
      assertThat(session.text("select count(*) from addr where id in (1, 50)")).isEqualTo("1");
      assertConverges(session);
    }
  }

  /**
   * Statement triggers of the application fire between those of the parts of one statement: of
   * INSERT ... ON CONFLICT, MERGE and writable CTEs.
   */
  @ParameterizedTest
  @CsvSource({"after, auto", "after, row", "before, auto", "before, row"})
  void followsRowsThatStatementTriggersChange(String time, String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          TABLE
              + """
              create function tidy() returns trigger language plpgsql as $$
              begin
                update addr set owner = owner + 1 where owner % 10 = 0;
                delete from addr where owner % 10 = 9;
                update addr a set id = id + 1000 where owner % 10 = 8 and id < 1000
                    and not exists (select from addr b where b.id = a.id + 1000);
                insert into addr select id + 2000, 1, true from addr where owner % 10 = 7 on conflict do nothing;
                return null;
              end $$;
              create trigger zz_tidy %s insert or update or delete on addr
                for each statement when (pg_trigger_depth() < 1) execute function tidy();
              """
                  .replace("%s", time));
      session.rows("select pgq_connect.add_table('q', 'addr', form => ?)::text", form);
      assertThat(session.rows("select form from pgq_connect.captured_table"))
          .containsExactly("row");
      assertThat(state(session)).isEqualTo("ok|null|null");
      long seed = System.nanoTime();
      Random random = new Random(seed);
      for (int i = 0; i < 60; i++) {
        String statement = mixed(random);
        try {
          session.run(statement);
        } catch (IllegalStateException e) {
          // PostgreSQL refuses to change a row that a BEFORE trigger of the statement has changed.
          assertThat(e).hasMessageContaining("was already modified by an operation triggered");
        }
        try {
          assertConverges(session);
        } catch (AssertionError e) {
          throw new AssertionError("Seed " + seed + ", step " + i + ": " + statement, e);
        }
      }
    }
  }

  private static String mixed(Random random) {
    int a = random.nextInt(30);
    int b = random.nextInt(30);
    int x = random.nextInt(100);
    int y = random.nextInt(100);
    String template =
        switch (random.nextInt(6)) {
          case 0 ->
              "insert into addr values (%1$d, %3$d, true), (%2$d + 30, %4$d, true) on conflict"
                  + " (id) do update set owner = excluded.owner";
          case 1 ->
              "merge into addr t using (values (%1$d, %3$d), (%2$d + 30, %4$d)) s (id, owner) on"
                  + " t.id = s.id when matched and s.owner < 30 then delete when matched then"
                  + " update set owner = s.owner when not matched then insert values (s.id,"
                  + " s.owner, false)";
          case 2 ->
              "with i as (insert into addr values (%1$d, %3$d, true) on conflict do nothing) update"
                  + " addr set owner = %4$d where id %% 7 = %2$d %% 7";
          case 3 ->
              "with u as (update addr set owner = %3$d where id = %1$d), d as (delete from addr"
                  + " where id %% 11 = 3 and id <> %1$d) insert into addr values (%2$d + 100, %4$d,"
                  + " false) on conflict do nothing";
          case 4 -> "update addr set owner = %3$d where id %% 5 = %1$d %% 5";
          default -> "delete from addr where id %% 13 = %1$d %% 13";
        };
    return template.formatted(a, b, x, y);
  }

  @Test
  void aStatementTriggerThatWritesNothingChangesNothing() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          TABLE
              + """
              create function refuse() returns trigger language plpgsql as $$
              begin
                if current_user = 'nobody' then
                  raise exception 'no';
                end if;
                return null;
              end $$;
              create trigger refuse before insert or update or delete on addr
                for each statement execute function refuse();
              """);
      session.rows("select pgq_connect.add_table('q', 'addr')::text");
      assertThat(session.rows("select form from pgq_connect.captured_table"))
          .containsExactly("statement");
      session.run(
          "create or replace function refuse() returns trigger language plpgsql as $$ begin delete"
              + " from addr where owner = 9; return null; end $$");
      assertThat(state(session)).startsWith("form unsafe|it has the statement trigger refuse|");
    }
  }

  @Test
  void followsAForeignKeyToItself() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table addr (id int primary key, parent int references addr on update cascade on"
              + " delete cascade)");
      add(session, "row");
      session.run("insert into addr values (1, 1), (2, 1), (3, 2)");
      session.run("update addr set id = id + 10");
      assertConverges(session);
    }
  }

  @Test
  void looksThroughAllPartitions() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table addr (id int primary key, owner int, is_default boolean) partition by range (id);
          create table addr_a partition of addr for values from (0) to (15);
          create table addr_b partition of addr for values from (15) to (1000);
          """
              + FUNCTION
              + TRIGGER.formatted("before"));
      add(session, "row");
      session.run("insert into addr values (1, 7, true), (20, 7, true)");
      assertConverges(session);
      session.run("delete from addr");
      changeManyRows(session);
      session.run("alter table addr add column n int; delete from addr");
      changeManyRows(session);
    }
  }

  @Test
  void needsTheOperatorsOfTheKey() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run(
          """
          create schema ext; create type ext.number as (n int);
          create function ext.same(ext.number, ext.number) returns boolean language sql immutable as 'select ($1).n = ($2).n';
          create function ext.less(ext.number, ext.number) returns boolean language sql immutable as 'select ($1).n < ($2).n';
          create function ext.more(ext.number, ext.number) returns boolean language sql immutable as 'select ($1).n > ($2).n';
          create function ext.lesser(ext.number, ext.number) returns boolean language sql immutable as 'select ($1).n <= ($2).n';
          create function ext.greater(ext.number, ext.number) returns boolean language sql immutable as 'select ($1).n >= ($2).n';
          create function ext.cmp(ext.number, ext.number) returns integer language sql immutable as 'select ($1).n - ($2).n';
          create operator ext.= (leftarg = ext.number, rightarg = ext.number, function = ext.same);
          create operator ext.< (leftarg = ext.number, rightarg = ext.number, function = ext.less);
          create operator ext.> (leftarg = ext.number, rightarg = ext.number, function = ext.more);
          create operator ext.<= (leftarg = ext.number, rightarg = ext.number, function = ext.lesser);
          create operator ext.>= (leftarg = ext.number, rightarg = ext.number, function = ext.greater);
          create operator class ext.number_ops default for type ext.number using btree as
            operator 1 ext.<, operator 2 ext.<=, operator 3 ext.=, operator 4 ext.>=, operator 5 ext.>,
            function 1 ext.cmp(ext.number, ext.number);
          create table addr (id ext.number primary key, owner int);
          grant select, trigger on addr to installer
          """);
      assertThatThrownBy(() -> add(session, "statement"))
          .hasMessageContaining("Role installer lacks USAGE on schema ext")
          .satisfies(
              e -> admin.run(statement(e.getMessage(), "(GRANT USAGE ON SCHEMA ext TO .*?;)")));
      add(session, "statement");
      admin.run("begin; insert into addr values ('(1)', 1); delete from addr; commit");
      assertThat(session.events("public.addr")).hasSize(2);
    }
  }

  @Test
  void needsToReadTheTable() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run(TABLE + FUNCTION + TRIGGER.formatted("before"));
      admin.run("grant trigger on addr to installer");
      assertThatThrownBy(() -> add(session, "statement"))
          .hasMessageContaining("Role installer lacks SELECT on table public.addr")
          .hasMessageContaining(
              "row trigger one_default of table public.addr may change other rows")
          .satisfies(
              e -> admin.run(statement(e.getMessage(), "(GRANT SELECT ON public.addr TO .*?;)")));
      add(session, "statement");
      admin.run("insert into addr values (1, 7, true), (2, 7, true)");
      assertConverges(session);
      admin.run("revoke select on addr from installer; insert into addr values (3, 7, true)");
      assertThat(state(session))
          .startsWith("form unsafe|row trigger one_default")
          .endsWith(
              "role installer lacks the privilege to look changed rows up|GRANT SELECT ON"
                  + " public.addr TO installer");
      admin.run(statement(state(session), "(GRANT SELECT .*)"));
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  /** One statement may delete a key and insert it again, in either order of its triggers. */
  @ParameterizedTest
  @CsvSource({
    "row,primary key,null",
    "row,primary key deferrable,null",
    "statement,primary key,null",
    "row,unique,'{id}'",
    "row,unique deferrable,'{id}'",
    "statement,unique,'{id}'"
  })
  void followsKeysThatOneStatementMoves(String form, String constraint, String key) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table addr (id int not null " + constraint + ", owner int)");
      session.rows(
          "select pgq_connect.add_table('q', 'addr', form => ?, key_columns => ?::text[])::text",
          form,
          key.equals("null") ? null : key);
      for (int i = 0; i < 2; i++) {
        session.run("insert into addr values (1, 1), (2, 2), (3, 3)");
        session.run(
            "with d as (delete from addr where id = 1 returning *) insert into addr select id, 11"
                + " from d");
        assertConverges(session);
        if (constraint.endsWith("deferrable")) {
          session.run("update addr set id = 3 - id where id in (1, 2)");
          assertConverges(session);
          session.run("update addr set id = id + 1");
          assertConverges(session);
          session.run(
              """
              with i as (insert into addr values (2, 22) returning id)
              delete from addr using i where addr.id = i.id\
              """);
          assertConverges(session);
        }
        assertThat(state(session)).startsWith(i == 0 ? "ok" : "layout changed");
        // From here on by the slow path.
        session.run("alter table addr add column if not exists more int");
        session.run("delete from addr");
      }
    }
  }

  /** Columns that identify a row need no index; rows are looked up by them all the same. */
  @ParameterizedTest
  @CsvSource({
    "row,'{id}',true,''",
    "row,'{id,owner}',true,''",
    "statement,'{id,owner}',true,''",
    "row,'{id,owner}',true,drop index by_key",
    "row,'{id,owner}',true,alter table addr alter id drop not null",
    "statement,'{id,owner}',false,alter table addr alter id drop not null",
    "statement,'{id}',false,alter table addr alter id drop not null"
  })
  void looksUpByKeysWithoutAnIndex(String form, String key, boolean trigger, String change) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table addr (id int not null, owner int not null, is_default boolean);"
              + FUNCTION);
      if (trigger) {
        session.run(TRIGGER.formatted("before"));
      }
      if (!change.isEmpty()) {
        session.run(
            "create unique index by_key on addr (%s)"
                .formatted(key.substring(1, key.length() - 1)));
      }
      String add =
          "select pgq_connect.add_table('q', 'addr', form => ?, key_columns => ?::text[])::text";
      session.rows(add, form, key);
      changeRows(session);
      if (!change.isEmpty()) {
        session.run(change);
        changeRows(session);
      }
      if (change.startsWith("drop index")) {
        session.rows(add, form, key);
        changeRows(session);
      }
    }
  }

  /**
   * Above READ COMMITTED a row that another transaction has deleted since the snapshot is still
   * seen, beside the transaction's own row of that key.
   */
  @ParameterizedTest
  @CsvSource({
    "row,true,repeatable read,false,''",
    "row,true,serializable,false,''",
    "row,true,read committed,false,''",
    "row,true,repeatable read,true,''",
    "row,true,repeatable read,false,owner < 90",
    "statement,true,repeatable read,false,''",
    "statement,true,repeatable read,true,''",
    "statement,false,repeatable read,false,''",
    "statement,false,serializable,true,''",
    "statement,false,repeatable read,false,owner < 90",
    "statement,false,repeatable read,true,owner < 90"
  })
  void seesNoRowThatOthersHaveDeleted(
      String form, boolean trigger, String isolation, boolean stale, String condition) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open()) {
      session.run(TABLE + FUNCTION + (trigger ? TRIGGER.formatted("before") : ""));
      session.rows(
          "select pgq_connect.add_table('q', 'addr', form => ?, condition => nullif(?, ''))::text",
          form,
          condition);
      session.run("insert into addr select g, g, false from generate_series(1, 9) g");
      if (stale) {
        session.run("alter table addr add column note text");
        session.run("update addr set owner = owner");
      }
      session.run("begin isolation level " + isolation);
      session.rows("select count(*)::text from addr");
      other.run("delete from addr where id in (1, 2, 3, 4, 5)");
      other.run("update addr set id = id + 100 where id = 6");
      session.run("insert into addr values (10, 80, false), (1, 81, false), (2, 82, false)");
      session.run("delete from addr where owner = 82");
      session.run("savepoint a; insert into addr values (3, 83, false); release a");
      session.run("savepoint b; insert into addr values (4, 84, false)");
      session.run("delete from addr where owner = 84; rollback to b");
      session.run("savepoint c; update addr set id = 5 where owner = 80; release c");
      session.run("update addr set id = 6 where owner = 83");
      session.run("update addr set id = 11 where owner = 83");
      session.run("update addr set is_default = true where owner in (7, 81)");
      session.run("commit");
      assertConverges(session, condition.isEmpty() ? "true" : condition);
      assertThat(session.rows("select id::text from addr order by addr.id"))
          .containsExactly("1", "5", "7", "8", "9", "11", "106");
    }
  }

  /** The transaction's id is older than its snapshot, and so is that of a subtransaction. */
  @Test
  void knowsItsOwnRowsWhateverTheSnapshot() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE + FUNCTION + TRIGGER.formatted("before") + ";create table held (id int)");
      add(session, "row");
      session.run("begin isolation level repeatable read");
      session.run("lock table held in access exclusive mode");
      session.run("savepoint a; lock table pgq_connect.layout in access share mode");
      session.run("savepoint b; lock table addr in share row exclusive mode; release b");
      session.run("create temporary table t (id int) on commit drop");
      session.run("insert into addr values (3, 3, false), (4, 4, true)");
      session.run("release a; update addr set owner = 7 where id = 3");
      session.run("delete from addr where id = 4; insert into addr values (4, 7, true)");
      session.run("commit");
      assertConverges(session);
    }
  }

  /** All tables are empty before the first trigger fires, of whatever table. */
  @ParameterizedTest
  @CsvSource({
    "'(id int primary key, owner int, is_default boolean)',statement,'',false",
    "'(id int primary key, owner int, is_default boolean)',row,'',false",
    "'(id int primary key, owner int, is_default boolean)',statement,'',true",
    "'(id int primary key, owner int, is_default boolean)',row,'',true",
    "'(id int primary key, owner int, is_default boolean)',statement,owner < 90,false",
    "'(id int primary key, owner int, is_default boolean)',row,owner < 90,true",
    "'(id int primary key deferrable, owner int, is_default boolean)',row,'',false",
    "'(id int primary key deferrable, owner int, is_default boolean)',row,owner < 90,true",
    "'(id int primary key, owner int, is_default boolean) partition by list (id)',row,'',false",
    "'(id int primary key, owner int, is_default boolean) partition by list (id)',row,owner <"
        + " 90,true"
  })
  void keepsRowsThatTriggersInsertAfterATruncate(
      String columns, String form, String condition, boolean stale) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table \"00 first\" (id int primary key); create table addr " + columns);
      if (columns.contains("partition")) {
        session.run("create table rest partition of addr default");
      }
      session.run(
          """
          create function after_truncate() returns trigger language plpgsql as $$
          begin
            insert into addr select coalesce(max(id), 0) + 1, 7, true from addr;
            insert into addr select max(id) + 1, 95, true from addr;
            return null;
          end $$;
          create trigger log after truncate on "00 first" for each statement execute function after_truncate();
          create trigger "00_defaults" after truncate on addr for each statement execute function after_truncate();
          create trigger zz_defaults after truncate on addr for each statement execute function after_truncate();
          """);
      session.rows(
          "select pgq_connect.add_table('q', 'addr', form => ?, condition => nullif(?, ''))::text",
          form,
          condition);
      session.run("insert into addr select g, g, false from generate_series(1, 9) g");
      if (stale) {
        session.run("alter table addr add column note text default 'n'");
      }
      session.run("truncate \"00 first\", addr");
      String where = condition.isEmpty() ? "true" : condition;
      assertConverges(session, where);
      // With a deferrable key rows are captured late, and PostgreSQL truncates no table with
      // pending
      // trigger events.
      String pending = columns.contains("deferrable") ? "; commit; begin" : "";
      session.run("begin; truncate addr" + pending);
      session.run("delete from addr where owner = 7" + pending);
      session.run("truncate \"00 first\", addr; delete from addr where id in (1, 2); commit");
      assertConverges(session, where);
      assertThat(session.rows("select id from addr")).isNotEmpty();
    }
  }

  private static void changeRows(TestSession session) {
    session.run("insert into addr values (1, 7, true), (2, 7, false)");
    assertConverges(session);
    session.run("update addr set is_default = true where id = 2");
    assertConverges(session);
    session.run("update addr set id = 11 where id = 1");
    assertConverges(session);
    session.run("delete from addr");
    assertConverges(session);
  }

  @Test
  void reportsAStatementTriggerThatComesFirst() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          TABLE
              + """
              create function later() returns trigger language plpgsql as $$
              begin
                update addr set owner = 2 where owner = 1;
                return null;
              end $$;
              """);
      add(session, "statement");
      session.run(
          "create trigger \"00_a\" after insert on addr for each statement execute function"
              + " later()");
      assertThat(state(session)).startsWith("form unsafe|").contains("provider add");
      session.rows("select pgq_connect.add_table('q', 'addr')::text");
      assertThat(session.rows("select form from pgq_connect.captured_table"))
          .containsExactly("row");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("insert into addr values (1, 1, false)");
      assertConverges(session);
    }
  }

  @Test
  void tellsOfLostRowsBeforeWarnings() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE + FUNCTION);
      session.rows("select pgq_connect.add_table('q', 'addr', condition => 'owner > 0')::text");
      session.run(
          "create trigger \"00_a\" after insert on addr for each row execute function"
              + " one_default()");
      assertThat(state(session)).startsWith("form unsafe|");
      session.run("alter table addr drop column owner");
      assertThat(state(session)).startsWith("condition closed|");
    }
  }

  private static void add(TestSession session, String form) {
    session.rows("select pgq_connect.add_table('q', 'addr', form => ?)::text", form);
  }

  private static String state(TestSession session) {
    return session.rows("select state, detail, remedy from pgq_connect.capture_status('q')").get(0);
  }

  /** The events, applied in their order, make the table; the key is the first column. */
  private static void assertConverges(TestSession session) {
    assertConverges(session, "true");
  }

  private static void assertConverges(TestSession session, String where) {
    TreeMap<String, String> rows = new TreeMap<>();
    for (String event : session.events("public.addr")) {
      if (event.startsWith("t")) {
        rows.clear();
        continue;
      }
      String row = event.substring(2);
      String key = row.substring(1, row.indexOf(','));
      if (event.startsWith("d")) {
        rows.remove(key);
      } else {
        rows.put(key, row);
      }
    }
    List<String> expected = session.rows("select t::text from addr t where " + where);
    assertThat(rows.values()).containsExactlyInAnyOrderElementsOf(expected);
  }
}
