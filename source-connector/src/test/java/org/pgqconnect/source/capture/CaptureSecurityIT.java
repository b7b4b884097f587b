/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
      grant usage, create on schema a to installer""";
  private static final String TABLE =
      """
      create table a.t (id int primary key, v text);
      grant select, trigger on a.t to installer""";
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
          "select pgq_connect.refresh_table('q', oid)::text from pg_class where relkind = 'r' and relnamespace = 'a'::regnamespace");
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
          create cast (a.t as text) with function a.other(a.t)""");
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
              "statement|form unsafe|role installer does not see all of its rows|./pgq-connect provider add --queue q a.t");
      assertThatThrownBy(() -> add(installer, "statement"))
          .hasMessageContaining(
              "Table a.t can only be captured in form \"row\", because role installer does not see all of its rows");
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
              "trigger missing|00_pgq_connect_b, zz_pgq_connect_k|./pgq-connect provider add --queue q a.t");
      assertThatThrownBy(() -> add(installer, "row"))
          .hasMessageContaining(
              "Row security hides rows of table a.t from role installer, which has to look up changed rows there,"
                  + " because its key is deferrable");
    }
  }
}
