/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** {@code pgq.sqltriga}, {@code pgq.logutriga} and {@code pgq.jsontriga}. */
class TriggerFunctionsIT {

  /**
   * The extension is the specification: every event of every case must be the same, byte by byte.
   */
  @Test
  void writeWhatTheExtensionWrites() throws Exception {
    List<String> expected = eventsOfAllCases(TestServer.PGQ_EXTENSION);
    assertThat(expected).hasSizeGreaterThan(1000);
    assertThat(eventsOfAllCases(TestServer.EMBEDDED)).isEqualTo(expected);
  }

  private static List<String> eventsOfAllCases(TestServer server) throws IOException {
    List<String> events = new ArrayList<>();
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open("postgres")) {
      String seen = "0";
      for (String statement : cases()) {
        session.run(statement);
        events.add(statement);
        String from = seen;
        events.addAll(
            session.rows(
                "select ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3, ev_extra4"
                    + " from pgq.event_1 where ev_id > "
                    + from
                    + " order by ev_id"));
        seen = session.text("select coalesce(max(ev_id), 0) from pgq.event_1");
      }
    }
    return events;
  }

  private static List<String> cases() throws IOException {
    try (var in = TriggerFunctionsIT.class.getResourceAsStream("trigger_cases.sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("--"))
          .toList();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void writeRowsInThreeFormats(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key, v text, on_day date);
          create trigger a after insert or update or delete on t for each row execute function pgq.logutriga('q');
          create trigger b after insert or update or delete on t for each row execute function pgq.sqltriga('q');
          create trigger c after insert or update or delete on t for each row execute function pgq.jsontriga('q');
          create trigger d after truncate on t for each statement execute function pgq.jsontriga('q');
          """);
      session.run("insert into t values (1, 'a&b ''c'' \\', '2020-02-03')");
      session.run("update t set v = null");
      session.run("delete from t");
      session.run("truncate t");
      assertThat(session.events("public.t"))
          .containsExactly(
              "I:id|id=1&v=a%26b+%27c%27+%5c&on_day=2020-02-03",
              "I|(id,v,on_day) values ('1',E'a&b ''c'' \\\\','2020-02-03')",
              "{\"op\":\"INSERT\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}"
                  + "|{\"id\":1,\"v\":\"a&b 'c' \\\\\",\"on_day\":\"2020-02-03\"}",
              "U:id|id=1&v&on_day=2020-02-03",
              "U|v=NULL where id='1'",
              "{\"op\":\"UPDATE\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}"
                  + "|{\"id\":1,\"v\":null,\"on_day\":\"2020-02-03\"}",
              "D:id|id=1&v&on_day=2020-02-03",
              "D|id='1'",
              "{\"op\":\"DELETE\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}"
                  + "|{\"id\":1,\"v\":null,\"on_day\":\"2020-02-03\"}",
              "{\"op\":\"TRUNCATE\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}|{}");
    }
  }

  /** A row's text tells where a value ends by quotes and commas, which values have, too. */
  @Test
  void aRowsTextIsTakenApartExactly() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table v (x text);
          insert into v values (null), (''), ('a'), ('a b'), (','), (',,'), ('"'), ('""'), ('","'), (',"",'), (',x,'),
                               (E'\\\\'), (E'\\\\"'), ('NULL'), ('null'), ('()'), ('{,}'), (E'\\n'), ('é"')\
          """);
      String wrong =
          """
          select row(a.x, b.x, c.x)::text from v a, v b, v c
           where pgq._row_values(row(a.x, b.x, c.x)::text) is distinct from array[a.x, b.x, c.x]\
          """;
      assertThat(session.rows(wrong)).isEmpty();
      session.run("set array_nulls = off; set standard_conforming_strings = off");
      assertThat(session.rows(wrong)).isEmpty();
      assertThat(
              session.rows(
                  "select x from v where pgq._row_values(row(x)::text) is distinct from array[x]"))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void captureDependsOnTheReplicationRole(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open("postgres")) {
      session.run(
          """
          create table t (id int primary key);
          create trigger l after insert on t for each row execute function pgq.logutriga('q');
          create table denied (id int primary key);
          create trigger l before insert on denied for each row execute function pgq.logutriga('q', 'deny', 'SKIP');
          update pgq.queue set queue_disable_insert = true\
          """);
      failsWith(session, "insert into t values (1)", "Insert into queue disallowed");
      failsWith(
          session,
          "insert into denied values (1)",
          "Table 'public.denied' to queue 'q': change not allowed (INSERT)");
      session.run("set session_replication_role = local");
      session.run("insert into t values (2); insert into denied values (2)");
      session.run("set session_replication_role = replica");
      session.run("insert into t values (3); insert into denied values (3)");
      assertThat(session.events()).isEmpty();
      session.run("alter table t enable always trigger l; insert into t values (4)");
      assertThat(session.events())
          .as("replica passes queue_disable_insert")
          .containsExactly("I:id|id=4");
      assertThat(session.text("select string_agg(id::text, ',' order by id) from denied"))
          .as("SKIP counts no more than the rest in role local")
          .isEqualTo("2,3");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void writersNeedTheRightToInsertEvents(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession owner = database.open("postgres");
        TestSession writer = database.open("app")) {
      owner.run(
          """
          create table t (id int primary key);
          grant all on t to app;
          create trigger l after insert or delete on t for each row execute function pgq.logutriga('q');
          create function add_t(id int) returns void language sql security definer
              set search_path = public as 'insert into t values (id)';
          """);
      failsWith(writer, "insert into t values (1)", "permission denied for function insert_event");
      writer.run("select add_t(2)");
      owner.run(
          "grant execute on function pgq.insert_event(text, text, text, text, text, text, text) to"
              + " app");
      writer.run("insert into t values (3)");
      assertThat(owner.events()).containsExactly("I:id|id=2", "I:id|id=3");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void theLimitOfATransactionHoldsForThem(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key);
          create trigger l after insert on t for each row execute function pgq.sqltriga('q');
          update pgq.queue set queue_per_tx_limit = 2\
          """);
      session.run("insert into t values (1), (2)");
      failsWith(
          session,
          "insert into t values (3), (4), (5)",
          "Queue 'q' allows max 2 events from one TX");
      session.run(
          "update pgq.queue set queue_per_tx_limit = -1; insert into t values (6), (7), (8)");
      assertThat(session.events()).hasSize(5);
    }
  }

  /** Ours explain themselves; PgQ's own messages stay the message. */
  @Test
  void errorsNameTheTableAndTheWayOut() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key, v text);
          create trigger l after insert or update on t for each row execute function pgq.logutriga('q');
          insert into t values (1);
          create table nokey (v text);
          create trigger l after insert or update on nokey for each row execute function pgq.logutriga('q');
          insert into nokey values ('a');
          create table wrong (v text);
          create trigger l after insert on wrong for each row execute function pgq.logutriga('q', 'ingore=v');
          """);
      assertThatThrownBy(() -> session.run("update t set id = 2"))
          .hasMessageContaining("primary key update not allowed")
          .hasMessageContaining("Column id of table public.t.")
          .hasMessageContaining("pgq_connect.add_table");
      assertThatThrownBy(() -> session.run("update nokey set v = 'b'"))
          .hasMessageContaining("Update/Delete on table without pkey")
          .hasMessageContaining("Table public.nokey.")
          .hasMessageContaining("an argument pkey=");
      assertThatThrownBy(() -> session.run("insert into wrong values ('a')"))
          .hasMessageContaining("bad param to pgq trigger")
          .hasMessageContaining("Argument \"ingore=v\" of a trigger on table public.wrong.")
          .hasMessageContaining("Known are SKIP, ignore=");
    }
  }

  private static void failsWith(TestSession session, String sql, String message) {
    assertThatThrownBy(() -> session.run(sql)).as(sql).hasMessageContaining(message);
  }
}
