/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * The trigger functions have the rights of the role that installed. Whoever owns a captured table
 * must not get them, nor hide rows from the capture.
 */
class CaptureSecurityIT {

  private static final String SET_UP =
      """
      create schema a authorization app;
      grant usage, create on schema a to installer\
      """;
  private static final String TABLE =
      """
      create table a.t (id int primary key, v text);
      grant select, trigger on a.t to installer\
      """;
  private static final String CAPTURED =
      "select ev_type || ev_data from pgq.event_1 order by ev_id";

  static Stream<Arguments> formsAndNames() {
    return Stream.of("$capture$", "$function$", "$sql$", "$$", "'", "E'\\")
        .flatMap(
            end ->
                Stream.of(
                    "\nbegin end" + end + ";create table a.x();select " + end,
                    "\rbegin create table a.x(); return null; end" + end + "--"))
        .flatMap(name -> Stream.of("statement", "row").map(form -> Arguments.of(form, name)));
  }

  private static void add(TestSession session, String form) {
    session.rows("select pgq_connect.add_table('q', 'a.t', form => ?)::text", form);
  }

  @ParameterizedTest
  @MethodSource("formsAndNames")
  void aNameStaysAName(String form, String name) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession superuser = database.open("postgres");
        TestSession installer = database.open();
        TestSession app = database.open("app")) {
      superuser.run(SET_UP);
      app.run(TABLE);
      add(installer, form);
      String quoted = '"' + name.replace("\"", "\"\"") + '"';
      app.run("alter table a.t rename column v to " + quoted);
      app.run("alter table a.t add unique (" + quoted + ")");
      app.run("alter table a.t rename to " + quoted);
      installer.rows(
          "select pgq_connect.refresh_table('q', oid)::text from pg_class where relkind = 'r' and"
              + " relnamespace = 'a'::regnamespace");
      app.run("insert into a." + quoted + " values (1, 'one')");
      app.run("update a." + quoted + " set " + quoted + " = 'two'");
      assertThat(installer.text("select to_regclass('a.x')::text")).isNull();
      assertThat(installer.rows(CAPTURED)).containsExactly("c(1,one)", "u(1,two)");
      assertThat(installer.rows("select distinct ev_extra1 from pgq.event_1"))
          .containsExactly("a." + name);
      assertThat(installer.text("select state from pgq_connect.capture_status('q')"))
          .isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @MethodSource("org.pgqconnect.source.capture.CaptureOptionsIT#serversAndForms")
  void aCastOfTheTablesOwnerIsNotAsked(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession superuser = database.open("postgres");
        TestSession installer = database.open();
        TestSession app = database.open("app")) {
      superuser.run(SET_UP);
      app.run(TABLE);
      app.run(
          """
          create function a.other(a.t) returns text language plpgsql as
              $$ begin raise exception 'called by %', current_user; end $$;
          create cast (a.t as text) with function a.other(a.t)\
          """);
      // A row trigger and a deferrable key have rows looked up in the table, too.
      app.run(
          """
          create function a.nothing() returns trigger language plpgsql as $$ begin return new; end $$;
          create trigger n before insert on a.t for each row execute function a.nothing();
          """);
      if (form.equals("row")) {
        app.run("alter table a.t drop constraint t_pkey, add primary key (id) deferrable");
      }
      add(installer, form);
      app.run("insert into a.t values (1, 'one'), (2, 'two')");
      app.run("update a.t set v = 'x' where id = 1");
      app.run("update a.t set id = id + 1");
      app.run("delete from a.t where id = 2");
      app.run("alter table a.t add more int");
      app.run("insert into a.t values (7, 'seven')");
      app.run("update a.t set id = 8, v = 'eight' where id = 7");
      app.run("delete from a.t where id = 8");
      assertThat(installer.rows(CAPTURED))
          .contains(
              "c(1,one)",
              "u(1,x)",
              "d(2,x)",
              "c(3,two)",
              "c(7,seven,)",
              "c(8,eight,)",
              "d(8,eight,)");
    }
  }

  /**
   * Checks of domains, casts, operators and whatever else the owner of a table can define for its
   * types. All of it raises an error when it runs with the rights of the role that installed.
   */
  private static final String TRAPS =
      """
      create function a.trap() returns boolean language plpgsql as
          $$ begin
            if current_user = 'installer' then raise exception 'called by the installer'; end if;
            return true;
          end $$;
      create domain a.number as int check (a.trap());
      create domain a.word as text not null check (a.trap());
      create type a.pair as (n a.number, w text);
      create type a.mood as enum ('sad', 'glad');
      create type a.span as range (subtype = a.number);
      create function a.text_of(a.pair) returns text language sql as $$ select a.trap()::text $$;
      create function a.text_of(a.mood) returns text language sql as $$ select a.trap()::text $$;
      create function a.text_of(a.span) returns text language sql as $$ select a.trap()::text $$;
      create function a.json_of(a.pair) returns json language sql as $$ select to_json(a.trap()) $$;
      create cast (a.pair as text) with function a.text_of(a.pair) as assignment;
      create cast (a.mood as text) with function a.text_of(a.mood) as assignment;
      create cast (a.span as text) with function a.text_of(a.span) as assignment;
      create cast (a.pair as json) with function a.json_of(a.pair) as implicit;
      create function public.same(a.pair, a.pair) returns boolean language sql as $$ select a.trap() $$;
      create function public.same(a.mood, a.mood) returns boolean language sql as $$ select a.trap() $$;
      create function public.same(a.span, a.span) returns boolean language sql as $$ select a.trap() $$;
      create operator public.= (leftarg = a.pair, rightarg = a.pair, function = public.same);
      create operator public.= (leftarg = a.mood, rightarg = a.mood, function = public.same);
      create operator public.= (leftarg = a.span, rightarg = a.span, function = public.same);
      create operator public.*<> (leftarg = a.pair, rightarg = a.pair, function = public.same);
      create operator public.<> (leftarg = a.mood, rightarg = a.mood, function = public.same)\
      """;

  private static final String TRAPPED =
      """
      (id %s, part int default 1, n a.number default 1, ns a.number[] default '{1}', w a.word default 'w',
       p a.pair default '(1,x)', ps a.pair[] default '{"(1,x)"}', m a.mood default 'sad', s a.span default '[1,3)',
       v text, primary key (id, part)%s) %s\
      """;

  static Stream<Arguments> traps() {
    String masks =
        "masks => '{\"n\": \"constant:7\", \"v\": \"hash\", \"m\": \"constant:glad\"}',"
            + " skip_unchanged => true";
    return Stream.of(
        Arguments.of("statement", "a.number", "", "", ""),
        Arguments.of("statement", "a.pair", "", "", ""),
        Arguments.of("row", "a.number", "", "", ""),
        Arguments.of("row", "a.mood", "", "", ""),
        Arguments.of("row", "a.pair", "", "", ""),
        Arguments.of("row", "a.span", "", "", ""),
        Arguments.of("row", "a.number", " deferrable", "", ""),
        Arguments.of("row", "a.number", "", "partition by list (part)", ""),
        Arguments.of("statement", "int", "", "", masks),
        Arguments.of("row", "a.number", "", "partition by list (part)", masks));
  }

  @ParameterizedTest
  @MethodSource("traps")
  void nothingThatTheTablesOwnerMadeRunsWithTheRightsOfTheInstaller(
      String form, String key, String deferrable, String partitions, String options) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession superuser = database.open("postgres");
        TestSession installer = database.open();
        TestSession app = database.open("app")) {
      superuser.run(SET_UP + "; grant usage, create on schema public to app");
      app.run(TRAPS);
      app.run("create table a.t " + TRAPPED.formatted(key, deferrable, partitions));
      if (!partitions.isEmpty()) {
        app.run("create table a.t1 partition of a.t for values in (1)");
        app.run("create table a.t2 " + TRAPPED.formatted(key, "", ""));
      }
      app.run("grant select, trigger on all tables in schema a to installer");
      installer.run(
          "select pgq_connect.add_table('q', 'a.t', form => '%s'%s)"
              .formatted(form, options.isEmpty() ? "" : ", " + options));
      List<String> values =
          switch (key) {
            case "a.mood" -> List.of("'sad'", "'glad'");
            case "a.pair" -> List.of("'(1,x)'", "'(2,y)'");
            case "a.span" -> List.of("'[1,3)'", "'[5,7)'");
            default -> List.of("1", "2");
          };
      writeAll(app, values);
      for (String slow :
          List.of(
              "alter table a.t add more a.pair",
              // Rows are looked up then.
              """
              create function a.nothing() returns trigger language plpgsql as $$ begin return new; end $$;
              create trigger n before insert on a.t for each row execute function a.nothing()\
              """)) {
        app.run(slow);
        writeAll(app, values);
        app.run("begin isolation level repeatable read");
        writeAll(app, values);
        app.run("commit");
        installer.run("select pgq_connect.refresh_table('q', 'a.t')");
        writeAll(app, values);
      }
      if (!partitions.isEmpty()) {
        app.run("alter table a.t2 add more a.pair");
        app.run("insert into a.t2 (id, part) values (" + values.get(0) + ", 2)");
        app.run("alter table a.t attach partition a.t2 for values in (2)");
        installer.run("select pgq_connect.refresh_table('q', 'a.t')");
        app.run("truncate a.t2");
      }
      assertThat(installer.rows("select state, detail from pgq_connect.capture_status('q')"))
          .containsExactly("ok|null");
      app.run("insert into a.t (id) values (" + values.get(0) + ")");
      String image =
          installer.text(
              "select coalesce(image, 'textin(record_out(t))') from pgq_connect.copy_source('q',"
                  + " 'a', 't')");
      assertThat(installer.rows("select " + image + " from a.t t")).hasSize(1);
    }
  }

  private static void writeAll(TestSession app, List<String> keys) {
    String one = keys.get(0);
    String two = keys.get(1);
    app.run("insert into a.t (id, v) values (" + one + ", 'one')");
    app.run("update a.t set v = 'x'");
    app.run("update a.t set id = " + two);
    app.run("with d as (delete from a.t returning *) insert into a.t (id, v) select id, v from d");
    app.run("insert into a.t (id, v) values (" + one + ", 'one')");
    app.run("update a.t set v = 'y'");
    app.run("delete from a.t where v = 'y'");
  }

  /** Reading a constant of such a type would run the checks of the domain that it is made of. */
  @Test
  void aConstantIsNoReasonToRunTheChecksOfDomains() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession superuser = database.open("postgres");
        TestSession installer = database.open();
        TestSession app = database.open("app")) {
      superuser.run(SET_UP + "; grant usage, create on schema public to app");
      app.run(TRAPS);
      app.run("create table a.t " + TRAPPED.formatted("int", "", ""));
      app.run("grant select, trigger on a.t to installer");
      for (String mask :
          List.of("ns\": \"constant:{7}", "p\": \"constant:(7,x)", "s\": \"constant:[7,8)")) {
        assertThatThrownBy(
                () ->
                    installer.run(
                        "select pgq_connect.add_table('q', 'a.t', masks => '{\"%s\"}')"
                            .formatted(mask)))
            .hasMessageContaining("cannot be masked with constant: values of type a.")
            .hasMessageContaining(
                "hold values of a domain, whose checks would run with the rights of role"
                    + " installer");
      }
    }
  }

  /** The key that the operator named is looked up as a primary key is. */
  @Test
  void rowSecurityHidesNoRowOfATableWithoutPrimaryKeyFromTheCapture() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession superuser = database.open("postgres");
        TestSession installer = database.open();
        TestSession app = database.open("app")) {
      superuser.run(SET_UP);
      app.run(TABLE);
      app.run("alter table a.t drop constraint t_pkey, add unique (id), alter id set not null");
      String add = "select pgq_connect.add_table('q', 'a.t', key_columns => '{id}')::text";
      String state = "select form, state, detail, remedy from pgq_connect.capture_status('q')";
      installer.rows(add);
      assertThat(installer.rows(state)).containsExactly("statement|ok|null|null");
      app.run("alter table a.t enable row level security");
      assertThat(installer.rows(state))
          .containsExactly(
              "statement|form unsafe|role installer does not see all of its rows|./pgq-connect"
                  + " provider add --queue q a.t");
      installer.rows(add);
      assertThat(installer.rows(state)).containsExactly("row|ok|null|null");
      app.run("insert into a.t values (1, 'one')");
      app.run("with d as (delete from a.t returning *) insert into a.t select id, 'again' from d");
      assertThat(installer.rows(CAPTURED)).containsExactly("c(1,one)", "d(1,one)", "c(1,again)");
    }
  }

  /** A row that one statement deletes and inserts again is the one that stays. */
  @Test
  void rowSecurityHidesNoRowFromTheCapture() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession superuser = database.open("postgres");
        TestSession installer = database.open();
        TestSession app = database.open("app")) {
      superuser.run(SET_UP);
      app.run(TABLE);
      add(installer, "statement");
      app.run("alter table a.t enable row level security");
      assertThat(
              installer.rows(
                  "select form, state, detail, remedy from pgq_connect.capture_status('q')"))
          .containsExactly(
              "statement|form unsafe|role installer does not see all of its rows|./pgq-connect"
                  + " provider add --queue q a.t");
      assertThatThrownBy(() -> add(installer, "statement"))
          .hasMessageContaining(
              "Table a.t can only be captured in form \"row\", because role installer does not see"
                  + " all of its rows");
      add(installer, "auto");
      assertThat(installer.rows("select form, state from pgq_connect.capture_status('q')"))
          .containsExactly("row|ok");
      app.run("set row_security = off; insert into a.t values (1, 'one')");
      app.run("with d as (delete from a.t returning *) insert into a.t select id, 'again' from d");
      assertThat(installer.rows(CAPTURED)).containsExactly("c(1,one)", "d(1,one)", "c(1,again)");
      app.run("alter table a.t drop constraint t_pkey, add primary key (id) deferrable");
      assertThat(
              installer.rows("select state, detail, remedy from pgq_connect.capture_status('q')"))
          .containsExactly(
              "trigger missing|00_pgq_connect_b, zz_pgq_connect_k|./pgq-connect provider add"
                  + " --queue q a.t");
      assertThatThrownBy(() -> add(installer, "row"))
          .hasMessageContaining(
              "Row security hides rows of table a.t from role installer, which has to look up"
                  + " changed rows there, because its key is deferrable")
          .satisfies(
              e ->
                  superuser.run(
                      statement(e.getMessage(), "A superuser can run: (ALTER ROLE .*?;)")));
      try {
        add(installer, "row");
      } finally {
        superuser.run("alter role installer nobypassrls");
      }
    }
  }
}
