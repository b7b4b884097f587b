/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.postgresql.PGConnection;

/** What events each kind of change makes, in both forms and on both engines. */
class CaptureEventsIT {

  static Stream<Arguments> serversAndForms() {
    return Stream.of(TestServer.values())
        .flatMap(server -> Stream.of("statement", "row").map(form -> Arguments.of(server, form)));
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void writesOneEventARowInTheirOrder(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t (id int primary key, v text)", form);
      session.run("insert into t select g, 'v' || g from generate_series(1, 3) g");
      session.run("update t set v = 'new' where id = 2");
      session.run("update t set v = v where false");
      session.run("delete from t where id = 1");
      session.run("truncate t");

      assertThat(session.events())
          .containsExactly("c|(1,v1)", "c|(2,v2)", "c|(3,v3)", "u|(2,new)", "d|(1,v1)", "t|null");
      assertThat(
              session.rows(
                  "select distinct ev_extra1, ev_extra2, ev_extra3, ev_extra4, ev_owner, ev_retry,"
                      + " ev_time > now() - interval '1 hour' from pgq.event_1"))
          .containsExactly("public.t|null|1|null|null|null|t");
      assertThat(
              session.rows(
                  "select c ->> 'name', c ->> 'type', c ->> 'base', c ->> 'not_null', c ->>"
                      + " 'generated', c ->> 'attnum', key_columns::text, table_name, complete from"
                      + " pgq_connect.layout, jsonb_array_elements(columns) c"))
          .containsExactly(
              "id|integer|int4|true|false|1|{id}|t|t", "v|text|text|false|false|2|{id}|t|t");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void writesAKeyChangeAsDeleteAndInsert(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t (id int, part text, v text, primary key (part, id))", form);
      session.run("insert into t values (1, 'a', 'x'), (2, 'b', 'y')");
      session.run("update t set id = 10 * id, v = 'moved' where part = 'a'");
      assertThat(session.events().subList(2, 4)).containsExactly("d|(1,a,x)", "c|(10,a,moved)");
      session.run("update t set id = case when part = 'a' then 11 else id end, v = 'mixed'");
      assertThat(session.events().subList(4, 7))
          .contains("d|(10,a,moved)", "c|(11,a,mixed)", "u|(2,b,mixed)");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void keysOfDomainsOverEnumsAndOfExtensionTypesDisturbNoWriter(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      admin.run("create extension hstore");
      session.run("create type color as enum ('z', 'y', 'x'); create domain den as color");
      capture(session, "t (k den primary key, v text)", form);
      capture(session, "h (k hstore primary key, v text)", form);
      for (String[] its :
          List.of(new String[] {"t", "z", "y", "x"}, new String[] {"h", "a=>1", "a=>2", "a=>3"})) {
        session.run(
            """
            insert into %1$s values ('%2$s', 'a'), ('%3$s', 'b');
            begin; insert into %1$s values ('%4$s', 'c'); delete from %1$s where v = 'a'; commit;
            begin; delete from %1$s where v = 'b'; insert into %1$s values ('%3$s', 'again'); commit;
            with gone as (delete from %1$s returning *) insert into %1$s select k, 'first' from gone limit 1;
            update %1$s set k = '%2$s'\
            """
                .formatted((Object[]) its));
        assertConverges(session, its[0]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void shiftsKeysWithoutLosingARow(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      boolean atOnce = form.equals("statement");
      capture(session, "t (id int primary key " + (atOnce ? "" : "deferrable") + ", v text)", form);
      session.run("insert into t select g, 'v' || g from generate_series(1, 50) g");
      session.run("update t set id = id + " + (atOnce ? 100 : 1));
      if (!atOnce) {
        session.run("update t set id = 52 - id + 1 where id between 20 and 33");
      }

      assertConverges(session, "t");
      if (atOnce) {
        assertThat(session.events().subList(50, 150).stream().map(e -> e.substring(0, 1)).toList())
            .as("all deletes first")
            .startsWith(Stream.generate(() -> "d").limit(50).toArray(String[]::new))
            .endsWith(Stream.generate(() -> "c").limit(50).toArray(String[]::new));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void capturesUpsertsMergesAndCopy(TestServer server, String form) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t (id int primary key, v text)", form);
      session.run("insert into t values (1, 'a'), (2, 'b')");
      session.run(
          "insert into t values (2, 'x'), (3, 'c') on conflict (id) do update set v = excluded.v");
      session.run("insert into t values (2, 'y') on conflict do nothing");
      assertThat(session.events()).hasSize(4).contains("u|(2,x)", "c|(3,c)");
      session.run(
          session.isAtLeast(15)
              ? """
              merge into t using (values (1, 'gone'), (2, 'merged'), (4, 'new')) s (id, v) on t.id = s.id
               when matched and s.v = 'gone' then delete
               when matched then update set v = s.v
               when not matched then insert values (s.id, s.v)
              """
              : "delete from t where id = 1; update t set v = 'merged' where id = 2; insert into t"
                  + " values (4, 'new')");
      assertThat(session.events()).hasSize(7).contains("d|(1,a)", "u|(2,merged)", "c|(4,new)");
      session
          .connection()
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("copy t from stdin", new StringReader("7\tseven\n8\t\\N\n"));
      assertThat(session.events().subList(7, 9)).containsExactly("c|(7,seven)", "c|(8,)");
      assertConverges(session, "t");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void capturesADeleteAndInsertOfOneKeyInOneStatement(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t (id int primary key, v text)", form);
      deleteAndInsertKeys(session);
    }
  }

  /** Then the function writes the events by statements that it makes anew each time. */
  @ParameterizedTest
  @MethodSource("serversAndForms")
  void capturesADeleteAndInsertOfOneKeyInOneStatementAfterTheTableWasAltered(
      TestServer server, String form) {
    for (String options : List.of("", ", condition => 'id > 0'")) {
      try (TestDatabase database = server.newDatabase().withQueue();
          TestSession session = database.open()) {
        session.run("create table t (id int primary key, v text)");
        session.rows(
            "select pgq_connect.add_table('q', 't', form => ?%s)::text".formatted(options), form);
        session.run("alter table t add n int");
        deleteAndInsertKeys(session);
      }
    }
  }

  private static void deleteAndInsertKeys(TestSession session) {
    session.run("insert into t select g, 'v' || g from generate_series(1, 9) g");
    session.run(
        "with gone as (delete from t where id < 3 returning *) insert into t select id, 'again'"
            + " from gone");
    assertConverges(session, "t");
    // The INSERT ends before the DELETE does.
    session.run(
        "with gone as (delete from t where id < 7 returning *) insert into t select id, 'first'"
            + " from gone limit 1");
    assertConverges(session, "t");
    session.run(
        session.isAtLeast(15)
            ? """
            merge into t using (values ('v7', null), ('none', 7)) s (v, id) on t.v = s.v
             when matched then delete
             when not matched then insert values (s.id, s.v)
            """
            : "with gone as (delete from t where v = 'v7' returning id) insert into t select id,"
                + " 'none' from gone");
    assertConverges(session, "t");
    session.run(
        "with moved as (update t set id = 70 where id = 7 returning *) insert into t select 7,"
            + " 'after' from moved");
    assertConverges(session, "t");
    session.run("begin; insert into t values (100, 'x'); delete from t where id >= 9; commit");
    assertConverges(session, "t");
    session.run(
        "with moved as (update t set id = 71 where id = 70 returning *) insert into t (id, v)"
            + " select 70, 'after' from moved");
    assertConverges(session, "t");
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void keepsTheOldRowWhenAsked(TestServer server, String form) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      session.rows(
          "select pgq_connect.add_table('q', 't', form => ?, old_row => true)::text", form);
      session.run(
          "insert into t values (1, 'a'); update t set v = 'b'; update t set id = 2; delete from"
              + " t");
      assertThat(session.rows("select ev_type, ev_data, ev_extra2 from pgq.event_1 order by ev_id"))
          .containsExactly(
              "c|(1,a)|null", "u|(1,b)|(1,a)", "d|(1,b)|null", "c|(2,b)|null", "d|(2,b)|null");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void writesTheSameTextWhateverTheSessionsSettings(TestServer server, String form) {
    String values =
        """
        1, 'infinity', '2024-03-01 12:34:56.789012+00', '2024-12-31', interval '1 year 2 days 03:04:05.6',
        '\\x00ff'::bytea, 0.1::float8 + 0.2::float8, 1e-7::float4, -1234.5, 'NaN', '{1.5,2.25}', '[2024-01-01,2024-02-01)',
        row(1.1, '2024-01-02 00:00+00')::pair, array[row(2.2, null)::pair], 'sad', '{"a": [1, "x,y"]}', '(1.25,3.5)',
        null, '', E'quote " back \\\\ comma , paren ) newline \\n', array['a,b', null, '"'], 42
        """;
    String expected =
        "c|(1,infinity,\"2024-03-01 12:34:56.789012+00\",2024-12-31,\"1 year 2 days"
            + " 03:04:05.6\",\"\\\\x00ff\",0.30000000000000004,1e-07,\"-$1,234.50\",NaN,\"{1.5,2.25}\",\"[2024-01-01,2024-02-01)\",\"(1.1,\"\"2024-01-02"
            + " 00:00:00+00\"\")\",\"{\"\"(2.2,)\"\"}\",sad,\"{\"\"a\"\": [1,"
            + " \"\"x,y\"\"]}\",\"(1.25,3.5)\",,\"\",\"quote \"\" back \\\\ comma , paren ) newline"
            + " \n"
            + "\",\"{\"\"a,b\"\",NULL,\"\"\\\\\"\"\"\"}\",42)";
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create type mood as enum ('sad', 'ok'); create type pair as (f float8, at timestamptz)");
      session.run("create domain small as int check (value < 100)");
      capture(
          session,
          """
          t (id int primary key, ts timestamp, tz timestamptz, d date, iv interval, b bytea, f8 float8, f4 float4, m money,
             n numeric, fs float8[], r daterange, p pair, ps pair[], mood mood, j jsonb, pt point, nil text, empty text, s text,
             ts2 text[], dom small)
          """,
          form);
      session.run("set datestyle = 'ISO, DMY'; set lc_monetary = 'C'");
      session.run("insert into t values (" + values + ")");
      // In one statement, because the driver does not let a session leave ISO.
      String strange =
          """
          do $$
          begin
            set local datestyle = '%1$s'; set local intervalstyle = 'iso_8601'; set local bytea_output = 'escape';
            set local extra_float_digits = -3; set local timezone = 'Asia/Tokyo'; set local quote_all_identifiers = on;
            set local search_path = pg_catalog, public; %2$s
            update t set id = id;
            if current_setting('datestyle') || current_setting('timezone') <> '%1$s, DMYAsia/Tokyo' then
              raise 'the session lost its settings';
            end if;
          end $$
          """
              .formatted(
                  session.strangeDateStyle(),
                  session
                          .text(
                              "select count(*) from pg_collation where collcollate = 'en_US.utf8'")
                          .equals("0")
                      ? ""
                      : "set local lc_monetary = 'en_US.utf8';");
      session.run(strange);
      session.run("alter table t add column late float8 default 0.1 + 0.2"); // the slow path
      session.run(strange);
      assertThat(session.events().get(0)).isEqualTo(expected);
      assertThat(session.events().get(1)).isEqualTo(expected.replaceFirst("c", "u"));
      assertThat(session.events().get(2))
          .isEqualTo(expected.replaceFirst("c", "u").replaceFirst("42\\)$", "42,0.3)"));
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void pinsSettingsForAnAttributeThatATypeGetsLater(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create type pair as (a int)");
      capture(session, "t (id int primary key, p pair)", form);
      session.run("alter type pair add attribute d date");
      session.run(
          "do $$ begin set local datestyle = '%s'; insert into t values (1, (2, '2024-02-01')); end $$"
              .formatted(session.strangeDateStyle()));
      assertThat(session.events()).containsExactly("c|(1,\"(2,2024-02-01)\")");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void writesTypesOfTheDatabasesOwnTheSameWay(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create domain day as date; create domain days as day[];
          create type span as range (subtype = timestamptz);
          create type inner_type as (at timestamptz, raw bytea, f float8);
          create type outer_type as (parts inner_type[], due interval, on_day day)\
          """);
      capture(
          session,
          """
          t (id int generated by default as identity primary key, d day, ds days, s span, o outer_type, x float4[],
             twice int generated always as (id * 2) stored)
          """,
          form);
      String values =
          """
          (d, ds, s, o, x) values (date '2024-02-01', array[date '2024-02-01']::days, '[2024-02-01 00:00+00,)',
            row(array[row('2024-02-01 00:00+00', '\\x01', 0.1::float8 + 0.2::float8)::inner_type], interval '1 day', date '2024-02-01'), '{1e-7}')\
          """;
      session.run("insert into t " + values);
      session.run(
          """
          do $$
          begin
            set local datestyle = '%s, DMY'; set local intervalstyle = 'iso_8601'; set local bytea_output = 'escape';
            set local extra_float_digits = -3; set local timezone = 'Asia/Tokyo';
            insert into t %s;
          end $$\
          """
              .formatted(session.strangeDateStyle(), values));
      assertThat(session.events())
          .hasSize(2)
          .satisfies(
              e ->
                  assertThat(e.get(1))
                      .isEqualTo(e.get(0).replace("(1,", "(2,").replace(",2)", ",4)")));
      assertThat(session.events().get(0))
          .contains("2024-02-01", "0.30000000000000004", "x01", "1 day", "2024-02-01 00:00:00+00");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void capturesWhateverWay(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      capture(session, "t (id int primary key, v text)", form);
      session.run("create table child (t int references t)");
      session.run(
          """
          create function change() returns void language sql as $$ update t set v = 'f' where id = 1 $$;
          insert into t values (1, 'a');
          select change();
          with up as (update t set v = 'w' where id = 1 returning *), ins as (insert into t values (2, 'i') returning *)
          select * from up, ins;
          prepare ins(int) as insert into t values ($1, 'p'); execute ins(3);
          """);
      assertThat(session.events())
          .containsExactlyInAnyOrder("c|(1,a)", "u|(1,f)", "u|(1,w)", "c|(2,i)", "c|(3,p)");
      session.run("truncate t cascade");
      assertThat(session.events()).last().isEqualTo("t|null");

      String url =
          admin.text(
              "select format('host %L, port %L, dbname %L', '127.0.0.1', inet_server_port()::text,"
                  + " current_database())");
      admin.run(
          "create extension postgres_fdw; create server loop foreign data wrapper postgres_fdw"
              + " options ("
              + url
              + "); create user mapping for postgres server loop options (user 'installer',"
              + " password 'secret'); create foreign table far (id int, v text) server loop options"
              + " (table_name 't')");
      admin.run("insert into far values (5, 'far'); update far set v = 'near'; delete from far");
      assertThat(session.events().subList(6, 9))
          .containsExactly("c|(5,far)", "u|(5,near)", "d|(5,near)");

      // What a replica applies fires no ordinary trigger; who wants it captured says so.
      admin.run("set session_replication_role = replica; insert into t values (6, 'x')");
      assertThat(session.events()).hasSize(9);
      for (String trigger :
          session.rows(
              "select tgname from pg_trigger where tgrelid = 't'::regclass and not tgisinternal")) {
        session.run("alter table t enable always trigger \"" + trigger + "\"");
      }
      session.rows("select pgq_connect.forget_partitions('q', 'public', 't')::text");
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
      admin.run("insert into t values (7, 'x')");
      assertThat(session.events()).hasSize(10).last().isEqualTo("c|(7,x)");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void asksNoRightsOfWriters(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession writer = database.open("app")) {
      capture(session, "t (id int primary key, v text)", form);
      session.run("grant insert, update, delete, select, truncate on t to app");
      writer.run(
          "set search_path = public; create temp table queue (); create temp table new_rows (id"
              + " int)");
      writer.run(
          "insert into public.t values (1, 'a'); update public.t set v = 'b'; update public.t set"
              + " id = 2");
      session.run("alter table t add column n int");
      writer.run("update public.t set v = 'slow'; delete from public.t; truncate public.t");
      assertThat(session.events())
          .containsExactly(
              "c|(1,a)", "u|(1,b)", "d|(1,b)", "c|(2,b)", "u|(2,slow,)", "d|(2,slow,)", "t|null");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void refusesWritesOnlyWhenTheQueueSaysSo(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      capture(session, "t (id int primary key, v text)", form);
      // Sessions remember what they have seen of the queue.
      session.run("insert into t values (0, 'a')");
      session.run("update t set v = 'b'");
      session.run("update pgq.queue set queue_disable_insert = true");
      assertThat(failure(session, "insert into t values (1, 'a')"))
          .contains("Insert into queue disallowed", "public.t", "queue_disable_insert = false");
      assertThat(failure(session, "update t set v = 'c'")).contains("Insert into queue disallowed");
      assertThat(failure(session, "delete from t")).contains("Insert into queue disallowed");
      session.run("update pgq.queue set queue_disable_insert = false, queue_per_tx_limit = 2");
      session.run("insert into t values (1, 'a'), (2, 'b')");
      assertThat(
              failure(
                  session,
                  "begin; set local pgq_connect.tx_events_1 = '-9'; insert into t values (3, 'a'),"
                      + " (4, 'b'); insert into t values (5, 'c')"))
          .contains("Queue 'q' allows max 2 events from one TX");
      session.run("rollback");
      assertThat(session.events()).containsExactly("c|(0,a)", "u|(0,b)", "c|(1,a)", "c|(2,b)");
    }
  }

  @Test
  void keepsTheOrderOfNestedWrites() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key, v int);
          create function again() returns trigger language plpgsql as $$
          begin
            if new.v < 3 then update t set v = v + 1 where id = new.id; end if;
            return null;
          end $$;
          create trigger "A first" after insert or update on t for each row execute function again();
          """);
      assertThat(session.text("select form from pgq_connect.add_table('q', 't')")).isEqualTo("row");
      session.run("insert into t values (1, 1), (2, 2)");
      assertConverges(session, "t");
    }
  }

  @Test
  void followsForeignKeysThatChangeRows() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table tree (id int primary key, parent int references tree on update cascade on"
              + " delete set null)");
      session.run(
          "create table leaf (id int primary key, tree int references tree on update cascade on"
              + " delete cascade)");
      assertThat(session.text("select form from pgq_connect.add_table('q', 'tree')"))
          .isEqualTo("row");
      assertThat(session.text("select form from pgq_connect.add_table('q', 'leaf')"))
          .isEqualTo("statement");
      session.run(
          "insert into tree values (1, 1), (2, 1), (3, 2); insert into leaf values (1, 1), (2, 2),"
              + " (3, 3)");
      session.run("update tree set id = id + 10");
      session.run("delete from tree where id in (11, 13)");
      assertConverges(session, "tree");
      assertConverges(session, "leaf");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void takesAnyNames(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create schema \"S% x\"");
      session.run(
          "create table \"S% x\".\"T'able\" (\"$row\" int, \"the Key%s\" int primary key, kind"
              + " text, data text, new_rows int, table_nr int)");
      session.rows(
          "select pgq_connect.add_table('q', '\"S% x\".\"T''able\"', form => ?)::text", form);
      session.run("insert into \"S% x\".\"T'able\" values (1, 2, 'k', 'd', 3, 4)");
      session.run("update \"S% x\".\"T'able\" set kind = 'x'");
      session.run("update \"S% x\".\"T'able\" set \"the Key%s\" = 5");
      session.run("alter table \"S% x\".\"T'able\" add column n int");
      session.run("update \"S% x\".\"T'able\" set kind = 'y'");
      session.run("update \"S% x\".\"T'able\" set \"the Key%s\" = 6");
      assertThat(session.events("S% x.T'able"))
          .containsExactly(
              "c|(1,2,k,d,3,4)",
              "u|(1,2,x,d,3,4)",
              "d|(1,2,x,d,3,4)",
              "c|(1,5,x,d,3,4)",
              "u|(1,5,y,d,3,4,)",
              "d|(1,5,y,d,3,4,)",
              "c|(1,6,y,d,3,4,)");
    }
  }

  private static void capture(TestSession session, String definition, String form) {
    session.run("create table " + definition);
    session.rows(
        "select pgq_connect.add_table('q', ?::regclass, form => ?)::text",
        definition.substring(0, 1),
        form);
  }

  /**
   * Applies the events in order, key by key, and compares with the table. The key is the first
   * column.
   */
  private static void assertConverges(TestSession session, String table) {
    var rows = new java.util.TreeMap<String, String>();
    for (String event : session.events("public." + table)) {
      String row = event.substring(2);
      String key = row.substring(1, row.indexOf(','));
      if (event.startsWith("d")) {
        rows.remove(key);
      } else {
        rows.put(key, row);
      }
    }
    assertThat(rows.values())
        .containsExactlyInAnyOrderElementsOf(session.rows("select t::text from " + table + " t"));
  }

  private static String failure(TestSession session, String sql) {
    try {
      session.run(sql);
      return "no failure";
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }
}
