/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * What is taken for a trigger function that writes nothing: each text is also run as a trigger, and
 * one that does write must never be among them.
 */
class WritesNothingIT {
  /** Expressions that call {@code noted(int)}, which writes, in some way. */
  private static final List<String> WRITING_EXPRESSIONS =
      List.of(
          "noted(1)",
          "noted (1)",
          "noted\n(1)",
          "noted/* ( */(1)",
          "noted--'\n(1)",
          "NOTED(1)",
          "public.noted(1)",
          "public . noted (1)",
          "\"noted\"(1)",
          "public.\"noted\"(1)",
          "\"Noted it\"(1)",
          "обнови(1)",
          "обнови (1)",
          "noted(coalesce(1))",
          "noted(coalesce(abs(1)))",
          "coalesce(noted(1))",
          "coalesce(abs(noted(1)))",
          "abs(1) + noted(abs(1))",
          "noted((1))",
          "coalesce('('::text, '1')::int + noted(1)",
          "'''('::text = 'x' or noted(1) = 1",
          "E'\\'' = 'x' or noted(1) = 1",
          "$$'$$ = 'x' or noted(1) = 1",
          "$a'$ '' $a'$ = 'x' or noted(1) = 1",
          "1 /* /* */ ' */ + noted(1) /* ' */",
          "1 -- '\n + noted(1) -- '",
          "(select noted(1))",
          "(select n from noting)",
          "(table noting)",
          "exists (select from noting where n = 1)",
          "1 === 1",
          "1 operator(public.===) 1",
          "(new).noted_row",
          "new.n::money::small_money",
          "cast(new.n as checked)",
          "new.n::checked",
          "case when noted(1) = 1 then 1 else 2 end",
          "array[noted(1)] = '{1}'",
          "'noted(1)' || noted(1)",
          "round(1.5::numeric) + noted(1)",
          "lower(1)::int",
          "U&'\\0041' = 'A' and noted(1) = 1");

  private static final List<String> WRITING_STATEMENTS =
      List.of(
          "insert into notes values (1)",
          "INSERT INTO notes VALUES (1)",
          "update notes set n = 2",
          "delete from notes",
          "truncate notes",
          "merge into notes using (values (9)) v (n) on notes.n = v.n when not matched then insert"
              + " values (v.n)",
          "perform noted(1)",
          "perform * from noting",
          "execute 'insert into notes values (1)'",
          "execute $$insert into notes values (1)$$",
          "call note()",
          "do 'begin insert into notes values (1); end'",
          "with x as (insert into notes values (1) returning 1) select 1 into a from x",
          "select noted(1) into a",
          "for a in select noted(1) loop null; end loop",
          "for a in 1..noted(1) loop null; end loop",
          "while noted(1) < 0 loop null; end loop",
          "create table made as table noting",
          "refresh materialized view seen",
          "explain analyze insert into notes values (1)",
          "declare b int := noted(1); begin null; end",
          "declare b int default noted(1); begin null; end",
          "declare b cursor for select noted(1); begin open b; fetch b into a; end",
          "begin insert into notes values (1); exception when others then null; end",
          "<<x>> insert into notes values (1)",
          "if true then insert into notes values (1); end if",
          "if false then null; else insert into notes values (1); end if",
          "if true then null; refresh materialized view seen; end if",
          "begin null; refresh materialized view seen; declare b int; begin null; end; end",
          "declare begin refresh materialized view seen; begin null; end; end",
          "if true then refresh materialized view seen; end if",
          "assert noted(1) = 1",
          "raise notice '%', noted(1)",
          "new.n := noted(coalesce(1))",
          "new.n = noted(coalesce(1))",
          "new.c := 7",
          "set constraints all immediate; perform noted(1)");

  private static final List<String> HARMLESS =
      List.of(
          "null;",
          "new.n := 1;",
          "new.n = coalesce(new.n, 1);",
          "new.t := lower(trim(coalesce(new.t, 'It''s; update it (now)')));",
          "-- update notes set n = noted(1); it's said\n new.n := 1;",
          "/* perform noted(1); * it's / */ new.n := 1;",
          "if new.n is distinct from old.n and (old.n is null or not (new.n > 1)) then new.t :="
              + " now(); end if;",
          "if (tg_op = 'INSERT') then new.n := 1; elsif (tg_op = 'DELETE') then null; else new.n :="
              + " 3; end if;",
          "if new.n < -100 then raise exception 'No % (never) ''insert''', new.n; end if;",
          "declare b int := coalesce(1, 2); t text; begin b := b + 1; new.n := b; end;",
          "begin new.n := 2; declare b numeric(5, 2); begin b := round(1.5); end; end;",
          "new.t := 'Имя (' || upper(new.t) || ')';",
          "NEW.T := MD5(GREATEST(NEW.T, 'x'));");

  private static final String SCHEMA =
      """
      create table notes (n int);
      insert into notes values (0);
      create function noted(int) returns int language plpgsql as $$ begin insert into notes values ($1); return 1; end $$;
      create function "Noted it"(int) returns int language sql as 'select noted($1)';
      create function обнови(int) returns int language sql as 'select noted($1)';
      create procedure note() language plpgsql as $$ begin insert into notes values (1); end $$;
      create view noting as select noted(1) as n;
      create materialized view seen as select 1 as n;
      create table t (n int, t text);
      create function noted_row(t) returns int language sql as 'select noted(1)'\
      """;

  private static boolean writesNothing(TestSession session) {
    return session
        .text("select pgq_connect.writes_nothing('tr()'::regprocedure)::text")
        .equals("true");
  }

  /** Whether rows of the table of notes are others after a row was written; false when it fails. */
  private static boolean writes(TestSession session) throws SQLException {
    String rows = "select string_agg(n || ' ' || xmin || ' ' || ctid, ',') from notes";
    try (Statement statement = session.connection().createStatement()) {
      String before = session.text(rows);
      try {
        statement.execute("insert into t values (1, 'x')");
      } catch (SQLException e) {
        return false;
      }
      return !String.valueOf(before).equals(String.valueOf(session.text(rows)));
    }
  }

  private static void make(TestSession session, String body) {
    session.run(
        "create or replace function tr() returns trigger language plpgsql as $function$ declare a"
            + " int; begin "
            + body
            + " return new; end $function$");
  }

  private static List<String> writers() {
    List<String> bodies = new ArrayList<>();
    WRITING_STATEMENTS.forEach(s -> bodies.add(s + ";"));
    for (String e : WRITING_EXPRESSIONS) {
      bodies.add("new.t := " + e + "\n;");
      bodies.add("new.t = coalesce((" + e + "\n)::text, 'x');");
      bodies.add("if (" + e + "\n) is null then null; end if;");
      bodies.add("if new.n < 0 then null; elsif (" + e + "\n) is null then null; end if;");
      bodies.add("raise debug '(%', " + e + "\n;");
      bodies.add("declare b text := " + e + "\n; begin null; end;");
      bodies.add("/* ' */ new.t := 'x(' || (" + e + "\n) || ')'; -- '");
    }
    return bodies;
  }

  @Test
  void noTextOfAWriterIsTakenForOneThatWritesNothing() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(SCHEMA);
      make(session, "");
      session.run("create trigger tr before insert on t for each row execute function tr()");
      // Without what hides calls, so that each text is judged by itself.
      int writing = 0;
      for (String body : writers()) {
        if (hidden(body)) {
          continue;
        }
        if (made(session, body)) {
          assertThat(writesNothing(session)).as(body).isFalse();
          writing += writes(session) ? 1 : 0;
        }
      }
      assertThat(writing).isGreaterThan(200);
      session.run(
          """
          create function same(int, int) returns boolean language sql as 'select noted(1) = 1';
          create operator === (function = same, leftarg = int, rightarg = int);
          create function "check"(int) returns boolean language sql as 'select noted(1) = 1';
          create domain checked as int check ("check"(value));
          alter table t add c checked;
          create type small_money as (m money);
          create function small(money) returns small_money language sql as 'select noted(1); select row($1)::small_money';
          create cast (money as small_money) with function small(money);
          create function lower(int) returns text language sql as 'select noted(1)::text'\
          """);
      writing = 0;
      for (String body : writers()) {
        if (hidden(body) && made(session, body)) {
          assertThat(writesNothing(session)).as(body).isFalse();
          writing += writes(session) ? 1 : 0;
        }
      }
      assertThat(writing).isGreaterThan(20);
    }
  }

  private static boolean hidden(String body) {
    return List.of("===", "money", "checked", "lower(1)", "new.c").stream()
        .anyMatch(body::contains);
  }

  /** PL/pgSQL refuses some texts at once. */
  private static boolean made(TestSession session, String body) {
    try {
      make(session, body);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  @Test
  void textsThatWriteNothingAreSeenAsSuch() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(SCHEMA);
      make(session, "");
      session.run("create trigger tr before insert on t for each row execute function tr()");
      for (String body : HARMLESS) {
        make(session, body);
        assertThat(writes(session)).as(body).isFalse();
        assertThat(writesNothing(session)).as(body).isTrue();
      }
    }
  }

  /** Each of them may be what an expression calls without naming it. */
  @Test
  void whatHidesCallsMakesAWriterOfEachFunction() {
    for (String hiding :
        List.of(
            "create operator === (function = same, leftarg = int, rightarg = int)",
            "create domain checked as int check (same(value, 1))",
            "create cast (t as boolean) with function as_boolean(t)",
            "create function lower(int) returns text language sql as 'select noted(1)::text'")) {
      try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
          TestSession session = database.open()) {
        session.run(SCHEMA);
        session.run(
            "create function same(int, int) returns boolean language sql as 'select noted(1) = 1';"
                + " create function as_boolean(t) returns boolean language sql as 'select noted(1)"
                + " = 1'");
        make(session, "new.n := 1;");
        assertThat(writesNothing(session)).isTrue();
        session.run(hiding);
        assertThat(writesNothing(session)).as(hiding).isFalse();
      }
    }
  }
}
