/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.copy.CopyRequests;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** What is done to partitions and inheriting tables, rather than to rows. */
class CapturePartitionsIT {
  private static final String TABLE =
      """
      create table p (id int, k text, v text, primary key (id, k)) partition by list (k);
      create table p_a partition of p for values in ('a');
      create table p_b (v text, k text not null, id int not null);
      alter table p attach partition p_b for values in ('b');
      """;

  private static String state(TestSession session) {
    return session.rows("select state, detail, remedy from pgq_connect.capture_status('q')").get(0);
  }

  /** Key by key, the events make these rows of id and k. */
  private static List<String> rows(TestSession session) {
    var rows = new TreeSet<String>();
    for (String row :
        session.rows(
            """
            select e.ev_type, r.f[array_position(names, 'id')], r.f[array_position(names, 'k')]
              from pgq.event_1 e join pgq_connect.layout l on l.layout_id = e.ev_extra3::int
             cross join lateral (select string_to_array(trim(ev_data, '()'), ',') as f) r
             cross join lateral (select array_agg(c ->> 'name') as names from jsonb_array_elements(l.columns) c) n
             order by e.ev_id\
            """)) {
      if (row.startsWith("t")) {
        rows.clear();
      } else if (row.startsWith("d")) {
        rows.remove(row.substring(2));
      } else {
        rows.add(row.substring(2));
      }
    }
    return List.copyOf(rows);
  }

  private static void assertConverged(TestSession session) {
    assertThat(rows(session))
        .containsExactlyInAnyOrderElementsOf(session.rows("select id, k from p where id <> 666"));
  }

  @Test
  void aRoleThatLacksTheRightToPutTriggersOnPartitionsIsReportedWithTheGrant() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession owner = database.open("postgres");
        TestSession installer = database.open()) {
      owner.run("create table whole (id int primary key) partition by range (id)");
      owner.run("create table part_1 partition of whole for values from (0) to (10)");
      owner.run("create table \"Part 2\" partition of whole for values from (10) to (20)");
      owner.run("grant select, trigger on whole to installer");
      String grant = "GRANT TRIGGER ON public.part_1, public.\"Part 2\" TO installer;";
      assertThatThrownBy(() -> installer.rows("select pgq_connect.add_table('q', 'whole')::text"))
          .hasMessageContaining("lacks the privilege to put triggers on table public.whole")
          .hasMessageContaining(grant);
      owner.run(grant);
      installer.rows("select pgq_connect.add_table('q', 'whole')::text");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "EMBEDDED;old_row => false",
        "PGQ_EXTENSION;old_row => false",
        "EMBEDDED;exclude => '{v}', condition => 'id <> 666'",
        "PGQ_EXTENSION;masks => '{\"v\": \"null\"}', condition => 'id <> 666'"
      })
  void followsPartitions(TestServer server, String options) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p', " + options + ")::text");
      session.run("insert into p values (1, 'a', 'x'), (2, 'b', 'y'), (3, 'b', 'z')");
      session.run("update p set k = 'b' where id = 1; update p set k = 'a' where id = 3");
      assertConverged(session);
      session.run("truncate p_b");
      assertConverged(session);
      assertThat(session.rows("select ev_type from pgq.event_1")).doesNotContain("t");
      session.run("insert into p values (2, 'b', 'y')");
      int before = session.events().size();
      session.run("truncate p");
      assertThat(session.events()).as("one event for the whole").hasSize(before + 1);
      session.run(
          "begin; truncate p; insert into p values (9, 'a', 'x'), (8, 'b', 'x'); truncate p_a;"
              + " commit");
      assertConverged(session);
      session.run("truncate p_a, p; insert into p values (9, 'a', 'x')");
      assertConverged(session);
      assertThat(state(session)).isEqualTo("ok|null|null");

      session.run(
          "create table p_c (id int not null, k text not null, v text); insert into p_c values (7,"
              + " 'c', 'c')");
      session.run("alter table p attach partition p_c for values in ('c')");
      session.run(
          "create table p_d partition of p for values in ('d'); insert into p values (10, 'd',"
              + " 'd')");
      session.run(
          "begin; create table p_e (id int not null, k text not null, v text); insert into p_e"
              + " values (11, 'e', 'e'); alter table p attach partition p_e for values in ('e');"
              + " insert into p values (12, 'e', 'e'); commit");
      assertThat(state(session))
          .isEqualTo(
              "partition new|public.p_c, public.p_d, public.p_e|select * from"
                  + " pgq_connect.refresh_table('q', 'public.p')");
      before = session.events().size();
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertConverged(session);
      assertThat(session.events()).as("rows of p_d were captured already").hasSize(before + 3);
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("truncate p_d");
      assertConverged(session);
      session.run(
          "begin; truncate p_c; drop table p_c; select pgq_connect.forget_partitions('q', 'public',"
              + " 'p'); commit");
      assertConverged(session);
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("alter table p detach partition p_e");
      assertThat(state(session))
          .startsWith(
              "partition gone|public.p_e|./pgq-connect provider resync --queue q public.p; or");
      CopyRequests.request(session.connection(), "q", new TableId("public", "p"));
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  /** PostgreSQL clones our trigger in the owner's name then. */
  @Test
  void theOwnerOfATableThatAnotherRoleCapturesMakesAndAttachesPartitions() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres");
        TestSession owner = database.open("app")) {
      admin.run("grant create on schema public to app");
      owner.run(TABLE + "grant select, trigger on p, p_a, p_b to installer");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      owner.run("create table p_c partition of p for values in ('c')");
      owner.run("create table p_d (like p)");
      owner.run("alter table p attach partition p_d for values in ('d')");
      owner.run("insert into p values (1, 'c', 'x'), (2, 'd', 'y')");
      assertThat(session.events()).containsExactly("c|(1,c,x)", "c|(2,d,y)");
      assertThatThrownBy(
              () ->
                  owner.run(
                      "select pgq_connect.%s()"
                          .formatted(
                              session.text(
                                  "select function_name from pgq_connect.captured_table"))))
          .hasMessageContaining("permission denied for schema pgq_connect");
    }
  }

  @Test
  void refusesATruncateOfAPartitionThatItCannotSee() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run(
          TABLE
              + "grant select, trigger on p to installer; grant trigger on p_a, p_b to installer");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      assertThat(state(session))
          .isEqualTo(
              "partition unguarded|public.p_a, public.p_b|GRANT TRIGGER, SELECT ON public.p_a,"
                  + " public.p_b TO installer, then ./pgq-connect provider add --queue q public.p");
      admin.run(statement(state(session), "(GRANT TRIGGER, SELECT .*?), then"));
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      assertThat(state(session)).isEqualTo("ok|null|null");
      admin.run("revoke select on p_a from installer");
      assertThatThrownBy(() -> admin.run("truncate p_a"))
          .hasMessageContaining("TRUNCATE of partition public.p_a cannot be captured")
          .hasMessageContaining(
              "GRANT SELECT ON public.p_a TO installer; or use DELETE FROM public.p_a")
          .satisfies(e -> admin.run(statement(e.getMessage(), "(GRANT SELECT .*?;)")));
      admin.run("truncate p_a");
      assertThatThrownBy(
              () -> admin.run("begin isolation level repeatable read; truncate p_b; commit"))
          .hasMessageContaining("in a transaction of isolation level repeatable read")
          .hasMessageContaining(
              "Use READ COMMITTED, or DELETE FROM public.p_b, or TRUNCATE the whole table public.p")
          .satisfies(
              e ->
                  admin.run(
                      "rollback; begin isolation level repeatable read; %s; commit"
                          .formatted(statement(e.getMessage(), "COMMITTED, or (DELETE .*?), or"))));
    }
  }

  /** The right comes late: by the look that notices it, by a refresh, or by the repair. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pgq_connect.renew_row_marks('q')",
        "select pgq_connect.refresh_table('q', 'p')::text",
        "select pgq_connect.add_table('q', 'p')::text"
      })
  void noticesATruncateOfAPartitionThatItCouldNotGuard(String noticing) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run(TABLE + "grant select, trigger on p, p_a, p_b to installer");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      admin.run("create table p_c partition of p for values in ('c')");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      admin.run("insert into p values (1, 'c', 'x')");
      session.run("update pgq_connect.table_copy set state = 'done'");
      session.rows("select pgq_connect.renew_row_marks('q')");
      assertThat(state(session)).startsWith("partition unguarded|public.p_c|");

      admin.run("truncate p_c");
      admin.run(statement(state(session), "(GRANT TRIGGER, SELECT .*?), then"));
      session.rows(noticing);
      if (noticing.contains("add_table")) {
        assertThat(session.rows("select state from pgq_connect.table_copy"))
            .containsExactly("requested");
        assertThat(state(session)).isEqualTo("ok|null|null");
      } else {
        assertThat(state(session))
            .startsWith(
                "changes missed|partitions without a trigger for it were truncated, or their rows"
                    + " were written anew|./pgq-connect provider resync");
      }
    }
  }

  /** Rows may be younger than the trigger that came with ATTACH and yet not captured by it. */
  @ParameterizedTest
  @ValueSource(strings = {"old_row => false", "exclude => '{v}', condition => 'id <> 666'"})
  void takesUpRowsThatWereLoadedWhileAttaching(String options) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p', " + options + ")::text");
      session.run(
          """
          begin;
          create table p_c (id int not null, k text not null, v text);
          create table p_d (id int not null, k text not null, v text);
          savepoint one; insert into p_c values (1, 'c', 'x'); release one;
          alter table p attach partition p_c for values in ('c');
          insert into p values (2, 'c', 'x');
          commit;
          begin;
          create table unrelated (); select txid_current();\
          """);
      other.run(
          "begin; insert into p_d values (1, 'd', 'x'); insert into p values (3, 'a', 'x');"
              + " commit");
      session.run("alter table p attach partition p_d for values in ('d'); commit");
      other.run("insert into p values (4, 'd', 'x'); update p set v = 'y' where id = 4");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertConverged(session);

      session.run("create table p_e partition of p for values in ('e')");
      session.run("insert into p values (5, 'e', 'x'), (6, 'e', 'x'); delete from p where id = 6");
      int before = session.events().size();
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(session.events()).as("rows of p_e were captured").hasSize(before);
      assertConverged(session);
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  /** Nobody captures it, as nobody knows the partition. */
  @Test
  void aTruncateOfAPartitionThatIsNotTakenUpHasTheTableCopied() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("update pgq_connect.table_copy set state = 'done'");
      session.run(
          "create table p_e partition of p for values in ('e'); insert into p values (5, 'e',"
              + " 'x')");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("done");
      session.run(
          "create table p_f partition of p for values in ('f'); insert into p values (6, 'f',"
              + " 'x')");
      session.run("truncate p_f");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("requested");
    }
  }

  @Test
  void reportsAPartitionThatWasAway() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("insert into p values (1, 'a', 'x'), (2, 'b', 'y')");
      session.run(
          "alter table p detach partition p_a; delete from p_a; alter table p attach partition p_a"
              + " for values in ('a')");
      for (int i = 0; i < 2; i++) {
        assertThat(state(session))
            .startsWith(
                "partition gone|public.p_a, which was detached and attached again|./pgq-connect"
                    + " provider resync --queue q public.p; or");
        session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      }
      assertThat(session.text("select pgq_connect.forget_partitions('q', 'public', 'p')"))
          .isEqualTo("1");
      assertThat(state(session)).isEqualTo("ok|null|null");

      session.run(
          "begin; truncate p_b; alter table p detach partition p_b; insert into p_b values ('y',"
              + " 'b', 3); alter table p attach partition p_b for values in ('b'); commit");
      assertThat(state(session))
          .startsWith("partition gone|public.p_b, which was detached and attached again|");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(state(session)).startsWith("partition gone|public.p_b, which was");
      CopyRequests.request(session.connection(), "q", new TableId("public", "p"));
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  @Test
  void aPartitionThatWasForgottenAndComesBackHasTheWholeTableCopiedAgain() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("update pgq_connect.table_copy set state = 'done'");
      session.run("insert into p values (1, 'a', 'x'), (2, 'a', 'y')");
      session.run("alter table p detach partition p_a");
      session.rows("select pgq_connect.forget_partitions('q', 'public', 'p')");
      session.run("delete from p_a; alter table p attach partition p_a for values in ('a')");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("requested");
      assertThat(session.events()).hasSize(2);
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  /** Rows may have come after the TRUNCATE, and nobody can prove that none did. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "truncate p_a; insert into p values (12, 'a', 'new'); drop table p_a",
        "truncate p_a; insert into p values (12, 'a', 'new'); alter table p detach partition p_a",
        "truncate p_a; insert into p values (12, 'a', 'new'); select pgq_connect.refresh_table('q',"
            + " 'p'); alter table p detach partition p_a; drop table p_a",
        "alter table p detach partition p_a; truncate p_a",
        "alter table p detach partition p_a; select pgq_connect.refresh_table('q', 'p'); truncate"
            + " p_a; drop table p_a",
        "begin; truncate p_a; insert into p values (12, 'a', 'new'); drop table p_a; commit",
        "begin; truncate p_a; drop table p_a; commit"
      })
  void aPartitionThatGoesIsReportedThoughItWasTruncatedBeforeOrAfter(String what) throws Exception {
    TableId table = new TableId("public", "p");
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("insert into p values (1, 'a', 'x'), (2, 'b', 'y')");
      session.run(what);
      for (int i = 0; i < 2; i++) {
        assertThat(state(session))
            .startsWith("partition gone|")
            .endsWith(
                "|./pgq-connect provider resync --queue q public.p; or, if subscribers are to keep"
                    + " the rows: select pgq_connect.forget_partitions('q', 'public', 'p')");
        session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      }
      CopyRequests.request(session.connection(), "q", table);
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTruncateOfATableThatIsNoPartitionAnyMoreIsNotCaptured(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.run("create table z (like p) partition by list (k)");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("insert into p values (1, 'a', 'x'), (2, 'b', 'y')");
      session.run("alter table p detach partition p_a; alter table p detach partition p_b");
      session.run("alter table z attach partition p_b for values in ('b')");
      List<String> before = session.events();
      session.run("truncate p_b");
      session.run("begin isolation level repeatable read; truncate p_a; commit");
      session.run("begin isolation level serializable; truncate z; commit");
      session.run("insert into p_a values (1, 'a', 'x'); truncate p_a");
      assertThat(session.events()).isEqualTo(before);
      assertThat(state(session)).startsWith("partition gone|public.p_a, public.p_b|");
      // The trigger that stayed does not keep the table from being repaired.
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      assertThat(state(session)).startsWith("partition gone|public.p_a, public.p_b|");
    }
  }

  @Test
  void nothingIsToBeForgottenThatWouldTakeAnotherLossWithIt() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("insert into p values (1, 'a', 'x'), (2, 'b', 'y')");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      session.run("alter table p detach partition p_b");
      assertThat(state(session)).contains("; or, if subscribers are to keep the rows: ");
      session.run("alter table p alter column v type text using v || '!'");
      assertThat(state(session))
          .isEqualTo("partition gone|public.p_b|./pgq-connect provider resync --queue q public.p");
    }
  }

  /** The partition's trigger is newer than the transaction's snapshot. */
  @Test
  void aTruncateOfAPartitionIsRefusedWhenAnOlderSnapshotDoesNotShowThatItIsOne() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession older = database.open()) {
      session.run(TABLE);
      session.run("create table p_c (id int not null, k text not null, v text)");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      older.run("begin isolation level repeatable read; select from pgq_connect.captured_table");
      session.run("alter table p attach partition p_c for values in ('c')");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThatThrownBy(() -> older.run("truncate p_c"))
          .hasMessageContaining(
              "TRUNCATE of partition public.p_c cannot be captured in a transaction of isolation"
                  + " level repeatable read");
    }
  }

  private static final String TWO_TABLES =
      """
      create table a (id int primary key, v text) partition by range (id);
      create table a1 partition of a for values from (0) to (10);
      create table a2 partition of a for values from (10) to (20);
      create table b (id int primary key, v text) partition by range (id);
      create table b1 partition of b for values from (0) to (10);
      """;

  private static String state(TestSession session, String table) {
    return session.text(
        "select concat_ws('|', state, detail, remedy) from pgq_connect.capture_status('q') where"
            + " table_name = ?",
        table);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "EMBEDDED;true;old_row => false",
        "EMBEDDED;false;old_row => false",
        "EMBEDDED;false;skip_unchanged => true",
        "PGQ_EXTENSION;true;old_row => false"
      })
  void aPartitionThatMovesToAnotherCapturedTableIsGoneFromTheFirst(
      TestServer server, boolean atOnce, String options) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TWO_TABLES);
      session.rows("select pgq_connect.add_table('q', 'a', " + options + ")::text");
      session.rows("select pgq_connect.add_table('q', 'b', " + options + ")::text");
      session.run("insert into a values (1, 'x'), (12, 'y')");
      Runnable look =
          () -> {
            session.rows("select pgq_connect.refresh_table('q', 'a')::text");
            session.rows("select pgq_connect.refresh_table('q', 'b')::text");
          };
      session.run(atOnce ? "begin" : "select 1");
      session.run("alter table a detach partition a2");
      if (!atOnce) {
        look.run();
      }
      session.run("alter table b attach partition a2 for values from (10) to (20)");
      session.run(atOnce ? "commit" : "select 1");
      String gone =
          "partition gone|public.a2|./pgq-connect provider resync --queue q public.a; or, if"
              + " subscribers are to keep the rows: select pgq_connect.forget_partitions('q',"
              + " 'public', 'a')";
      assertThat(state(session, "a")).isEqualTo(gone);
      assertThat(state(session, "b")).startsWith("partition new|public.a2|");
      look.run();
      assertThat(state(session, "a")).isEqualTo(gone);
      assertThat(state(session, "b")).isEqualTo("ok");
      assertThat(session.events("public.b")).containsExactly("c|(12,y)");

      // The rows are b's alone now.
      session.run("insert into b values (13, 'z'); update b set v = 'n' where id = 12");
      session.run("truncate a2");
      assertThat(session.events("public.a")).containsExactly("c|(1,x)", "c|(12,y)");
      assertThat(session.events("public.b"))
          .containsExactly("c|(12,y)", "c|(13,z)", "u|(12,n)", "d|(13,z)", "d|(12,n)");
      CopyRequests.request(session.connection(), "q", new TableId("public", "a"));
      assertThat(state(session, "a")).isEqualTo("ok");

      // And back.
      session.run("insert into b values (14, 'w')");
      session.run(
          "alter table b detach partition a2; alter table a attach partition a2 for values from"
              + " (10) to (20)");
      look.run();
      assertThat(state(session, "a")).isEqualTo("ok");
      assertThat(state(session, "b")).startsWith("partition gone|public.a2|");
      session.rows("select pgq_connect.remove_table('q', 'b')");
      assertThat(session.text("select count(*) from pgq_connect.captured_partition"))
          .isEqualTo("2");
      session.run("truncate a2");
      assertThat(session.events("public.a"))
          .containsExactly("c|(1,x)", "c|(12,y)", "c|(14,w)", "d|(14,w)");
    }
  }

  @Test
  void theTriggerThatAnotherCapturedTableLeftIsReplacedOnceTheRightsAreThere() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run(TWO_TABLES + "grant select, trigger on a, a1, a2, b, b1 to installer");
      session.rows("select pgq_connect.add_table('q', 'a')::text");
      session.rows("select pgq_connect.add_table('q', 'b')::text");
      admin.run("revoke trigger on a2 from installer");
      admin.run(
          "alter table a detach partition a2; alter table b attach partition a2 for values from"
              + " (10) to (20)");
      session.rows("select pgq_connect.refresh_table('q', 'b')::text");
      String found = state(session, "b");
      assertThat(found)
          .isEqualTo(
              "partition unguarded|public.a2|DROP TRIGGER \"00_pgq_connect_1_p\" ON public.a2;"
                  + " GRANT TRIGGER, SELECT ON public.a2 TO installer, then ./pgq-connect provider"
                  + " add --queue q public.b");
      admin.run("grant trigger on a2 to installer");
      if (!session.isAtLeast(14)) { // It has no CREATE OR REPLACE TRIGGER.
        admin.run("drop trigger \"00_pgq_connect_1_p\" on a2");
      }
      session.rows("select pgq_connect.add_table('q', 'b')::text");
      assertThat(state(session, "b")).isEqualTo("ok");

      // As printed.
      admin.run("revoke trigger on a2 from installer");
      admin.run(
          "alter table b detach partition a2; alter table a attach partition a2 for values from"
              + " (10) to (20)");
      session.rows("select pgq_connect.forget_partitions('q', 'public', 'a')");
      session.rows("select pgq_connect.refresh_table('q', 'a')::text");
      String advice = state(session, "a");
      assertThat(advice).startsWith("partition unguarded|public.a2|DROP TRIGGER ");
      admin.run(advice.substring(advice.indexOf("DROP"), advice.indexOf(", then")));
      assertThat(state(session, "a"))
          .isEqualTo("partition unguarded|public.a2|./pgq-connect provider add --queue q public.a");
      session.rows("select pgq_connect.add_table('q', 'a')::text");
      assertThat(state(session, "a")).doesNotContain("unguarded");
      session.run("select pgq_connect.forget_partitions('q', 'public', 'a')");
      assertThat(state(session, "a")).isEqualTo("ok");
    }
  }

  @Test
  void aPartitionThatLeftACapturedTableAndIsCapturedByItselfHasATriggerOfItsOwn() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TWO_TABLES);
      session.rows("select pgq_connect.add_table('q', 'a')::text");
      session.run(
          "alter table a detach partition a2; alter table b attach partition a2 for values from"
              + " (10) to (20)");
      session.rows("select pgq_connect.add_table('q', 'a2')::text");
      assertThat(state(session, "b")).isEqualTo("ok");
      session.run("insert into b values (12, 'x'); truncate a2");
      assertThat(session.events("public.b")).containsExactly("c|(12,x)", "d|(12,x)");
      assertThat(state(session, "a")).startsWith("partition gone|public.a2|");
    }
  }

  /** Whatever is done to partitions, a consumer's table differs only where the state says so. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void noPartitionGoesInSilence(long seed) throws Exception {
    var random = new Random(seed);
    List<String> roots = List.of("a", "b");
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      Map<String, TreeMap<String, String>> consumer = new HashMap<>();
      Map<String, String> copies = new HashMap<>();
      String copyOf = "select copy_id from pgq_connect.table_copy where table_name = ?";
      for (String root : roots) {
        session.run(
            "create table %1$s (id int primary key, v text) partition by range (id)"
                .formatted(root));
        session.rows("select pgq_connect.add_table('q', ?::regclass)::text", root);
        consumer.put("public." + root, new TreeMap<>());
        copies.put(root, session.text(copyOf, root));
      }
      // Where each part is: a root, "alone", or "none".
      var at = new ArrayList<>(List.of("none", "none", "none"));
      var done = new ArrayList<String>();
      long seen = 0;
      for (int step = 0; step < 40; step++) {
        int nr = random.nextInt(at.size());
        String part = "part" + nr;
        String where = at.get(nr);
        String other = roots.get(random.nextInt(2));
        String bounds = " for values from (%s) to (%s)".formatted(nr * 10, nr * 10 + 10);
        String insert =
            "insert into %s values (%s, 'v%s') on conflict (id) do update set v = excluded.v"
                .formatted(
                    where.equals("alone") ? part : where, nr * 10 + random.nextInt(10), step);
        String detach = "alter table %s detach partition %s".formatted(where, part);
        String attach = "alter table %s attach partition %s%s".formatted(other, part, bounds);
        String sql;
        if (where.equals("none")) {
          sql = "create table %s partition of %s%s".formatted(part, other, bounds);
          at.set(nr, other);
        } else if (random.nextInt(3) == 0) {
          sql = insert;
        } else if (random.nextInt(4) == 0) {
          sql = "truncate " + part + (random.nextBoolean() ? "; " + insert : "");
        } else if (random.nextInt(4) == 0) {
          sql = (random.nextBoolean() ? "truncate " + part + "; " : "") + "drop table " + part;
          at.set(nr, "none");
        } else if (where.equals("alone")) {
          sql = attach;
          at.set(nr, other);
        } else if (random.nextBoolean()) {
          sql = detach;
          at.set(nr, "alone");
        } else {
          sql = detach + "; " + attach;
          at.set(nr, other);
        }
        done.add(sql);
        session.run(sql);
        for (String root : roots) {
          session.rows("select pgq_connect.refresh_table('q', ?::regclass)::text", root);
        }
        for (String event :
            session.rows(
                "select ev_id, ev_extra1, ev_type, ev_data from pgq.event_1 where ev_id > ? order"
                    + " by ev_id",
                seen)) {
          String[] parts = event.split("\\|");
          seen = Long.parseLong(parts[0]);
          String[] row = parts[3].replaceAll("[()]", "").split(",");
          if (parts[2].equals("d")) {
            consumer.get(parts[1]).remove(row[0]);
          } else {
            consumer.get(parts[1]).put(row[0], row[1]);
          }
        }
        for (String root : roots) {
          var rows = new TreeMap<String, String>();
          for (String row : session.rows("select id, v from " + root)) {
            rows.put(row.substring(0, row.indexOf('|')), row.substring(row.indexOf('|') + 1));
          }
          String copy = session.text(copyOf, root);
          if (!copy.equals(copies.put(root, copy))) {
            done.add("copy of " + root + " that was not asked for");
            consumer.put("public." + root, rows);
          }
          String state = state(session, root);
          assertThat(state).as("%s", done).doesNotContain("unguarded").doesNotContain("new");
          if (state.equals("ok")) {
            assertThat(consumer.get("public." + root)).as("%s of %s", root, done).isEqualTo(rows);
          } else if (random.nextInt(3) == 0) {
            done.add("copy of " + root);
            CopyRequests.request(session.connection(), "q", new TableId("public", root));
            copies.put(root, session.text(copyOf, root));
            consumer.put("public." + root, rows);
            assertThat(state(session, root)).as("%s", done).isEqualTo("ok");
          }
        }
      }
    }
  }

  /** Its rows hold the same columns in another order then. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1",
        "select pgq_connect.forget_partitions('q', 'public', 'p')",
        "select pgq_connect.request_copy('q', 'public', 'p')",
        "select pgq_connect.refresh_table('q', 'p')",
        "select pgq_connect.add_table('q', 'p')"
      })
  void aPartitionThatWasAlteredWhileItWasAwayIsCapturedByItsOwnColumns(String remedy) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession older = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("insert into p values (1, 'a', 'x')");
      older.run("begin isolation level repeatable read; select from pgq_connect.captured_table");
      session.run(
          """
          alter table p detach partition p_a;
          alter table p_a drop column k;
          alter table p_a add column k text not null default 'a';
          alter table p attach partition p_a for values in ('a')\
          """);
      session.run("insert into p values (2, 'a', 'x')");
      older.run("insert into p values (3, 'a', 'x')");
      older.run("commit");
      assertThat(rows(session)).containsExactly("1|a", "2|a", "3|a");
      assertThat(state(session)).startsWith("partition gone|public.p_a, which was");

      session.rows("select (" + remedy + ")::text");
      session.run("update p set v = 'y' where id = 1; delete from p where id = 2");
      session.run("insert into p values (4, 'a', 'x')");
      assertConverged(session);
      assertThat(session.events().get(session.events().size() - 1)).isEqualTo("c|(4,x,a)");
      session.rows("select pgq_connect.forget_partitions('q', 'public', 'p')");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("insert into p values (5, 'a', 'x')");
      assertConverged(session);
    }
  }

  /**
   * The moving transaction is younger than the attaching one, and its deletes look like the rows.
   */
  @Test
  void rowsThatAnotherTransactionMovedIntoATableThatIsBeingAttachedAreTakenUp() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open()) {
      session.run(TABLE);
      session.run("create table p_default partition of p default");
      session.run("create table p_c (id int not null, k text not null, v text)");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("insert into p values (1, 'c', 'x'), (2, 'c', 'y'), (3, 'a', 'x')");
      session.run("begin; create table unrelated (); select txid_current()");
      other.run(
          """
          insert into p values (4, 'c', 'z');
          with moved as (delete from p where k = 'c' returning *) insert into p_c select * from moved\
          """);
      session.run("alter table p attach partition p_c for values in ('c'); commit");
      assertThat(rows(session)).containsExactly("3|a");
      assertThat(state(session)).startsWith("partition new|public.p_c|");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertConverged(session);
      assertThat(rows(session)).containsExactly("1|c", "2|c", "3|a", "4|c");
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  @Test
  void reportsADisabledTriggerOfAPartition() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("alter table p_a disable trigger all");
      String reported = state(session);
      assertThat(reported)
          .startsWith(
              "disabled|triggers of partitions|ALTER TABLE public.p_a ENABLE TRIGGER"
                  + " \"00_pgq_connect_");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(state(session)).as("whoever disabled it is not overruled").isEqualTo(reported);
      session.run(reported.substring(reported.indexOf("ALTER")));
      assertThat(state(session)).startsWith("changes missed|");
      session.rows("select pgq_connect.forget_partitions('q', 'public', 'p')::text");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("insert into p values (1, 'a', 'x')");
      assertConverged(session);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alter table p_a disable trigger all; insert into p values (9, 'a', 'lost'); alter table"
            + " p_a enable trigger all",
        "drop trigger \"00_pgq_connect_1_p\" on p_a; truncate p_a; create trigger"
            + " \"00_pgq_connect_1_p\" before truncate on p_a for each statement execute function"
            + " pgq_connect.%s()",
        "alter table p_new disable trigger all; insert into p values (9, 'n', 'lost'); alter table"
            + " p_new enable trigger all"
      })
  void aPartitionWhoseTriggersWereAwayForAWhileIsReported(String what) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("create table p_new partition of p for values in ('n')");
      assertThat(state(session)).startsWith("partition new|");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run(
          what.replace("%s", session.text("select function_name from pgq_connect.captured_table")));
      for (int i = 0; i < 2; i++) {
        assertThat(state(session))
            .startsWith(
                "changes missed|its triggers were missing or disabled for a while|./pgq-connect"
                    + " provider resync");
        session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      }
      session.rows("select pgq_connect.request_copy('q', 'public', 'p')::text");
      assertThat(state(session)).isEqualTo("ok|null|null");
    }
  }

  @Test
  void aPartitionThatIsMadeOrDroppedMissesNoChanges() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      session.run("create table p_new partition of p for values in ('n')");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("truncate p_new; alter table p detach partition p_new; drop table p_new");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(state(session)).startsWith("partition gone|oid ");
      assertThat(session.text("select pgq_connect.forget_partitions('q', 'public', 'p')"))
          .isEqualTo("1");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("alter table p detach partition p_a");
      assertThat(state(session)).startsWith("partition gone|");
      session.run("alter table p_a disable trigger user");
      assertThat(state(session)).startsWith("partition gone|");
    }
  }

  @Test
  void partitionsThatAreCapturedByThemselvesAreRefreshedAndForgottenByTheNameOfTheWhole()
      throws Exception {
    TableId whole = new TableId("public", "p");
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.run("create table p_z partition of p for values in ('z')");
      session.rows("select pgq_connect.add_table('q', 'p_a')::text");
      session.rows("select pgq_connect.add_table('q', 'p_z')::text");
      session.run("alter table p add column added int");
      String states = "select state from pgq_connect.capture_status('q')";
      assertThat(session.rows(states)).containsExactly("layout changed", "layout changed");
      new CaptureInstaller().refresh(session.connection(), "q", whole);
      assertThat(session.rows(states)).containsExactly("ok", "ok");
      session.run("drop table p_a");
      assertThat(session.rows(states)).containsExactlyInAnyOrder("table missing", "ok");
      assertThat(
              session.text(
                  "select remedy from pgq_connect.capture_status('q') where state = 'table"
                      + " missing'"))
          .isEqualTo(
              "./pgq-connect provider resync --queue q public.p; or, if subscribers are to keep the"
                  + " rows of a partition that was dropped: select"
                  + " pgq_connect.forget_partitions('q', 'public', 'p')");
      CopyRequests.request(session.connection(), "q", whole);
      assertThat(session.rows(states)).containsExactly("ok");
      assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("requested");
      // The last one stays known, so that its loss is seen.
      session.run("drop table p_z");
      CopyRequests.request(session.connection(), "q", whole);
      assertThat(session.rows(states)).containsExactly("table missing");
    }
  }

  private static final String SUBPARTITIONED =
      """
      create table root (k int, id int, primary key (k, id)) partition by range (k);
      create table mid partition of root for values from (1) to (2) partition by range (id);
      create table other partition of root for values from (2) to (3);
      create table l1 partition of mid for values from (1) to (10);
      create table l2 partition of mid for values from (10) to (20);
      """;

  /** An event of the whole would empty partitions that are not captured. */
  @Test
  void aTruncateOfAPartitionThatHasPartitionsAndIsCapturedByItselfIsCapturedAsDeletes() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(SUBPARTITIONED);
      session.rows("select pgq_connect.add_table('q', 'mid')::text");
      session.run("insert into root values (1, 1), (1, 11), (2, 1); truncate mid");
      assertThat(session.events("public.root"))
          .containsExactly("c|(1,1)", "c|(1,11)", "d|(1,1)", "d|(1,11)");
      session.run("insert into root values (1, 2), (2, 2); truncate root");
      session.run("insert into mid values (1, 3)");
      session.run("begin; truncate mid; insert into mid values (1, 4); truncate l1; commit");
      assertThat(session.events("public.root").subList(4, 10))
          .containsExactly("c|(1,2)", "d|(1,2)", "c|(1,3)", "d|(1,3)", "c|(1,4)", "d|(1,4)");
      assertThat(state(session)).isEqualTo("ok|null|null");
      session.run("begin isolation level repeatable read");
      assertThatThrownBy(() -> session.run("truncate root"))
          .hasMessageContaining(
              "TRUNCATE of partition public.l1 cannot be captured in a transaction of isolation"
                  + " level repeatable read")
          .hasMessageContaining("Use READ COMMITTED, or DELETE FROM public.l1")
          .hasMessageNotContaining("or TRUNCATE the whole table");
    }
  }

  @Test
  void aTruncateOfACapturedTableThatBecameAPartitionIsCapturedAsDeletes() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(SUBPARTITIONED + "alter table root detach partition mid;");
      session.rows("select pgq_connect.add_table('q', 'mid')::text");
      session.run("alter table root attach partition mid for values from (1) to (2)");
      session.rows("select pgq_connect.refresh_table('q', 'mid')::text");
      session.run("insert into root values (1, 1), (2, 1); truncate mid");
      assertThat(session.events("public.root")).containsExactly("c|(1,1)", "d|(1,1)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"form => 'auto'", "exclude => '{v}'"})
  void aPartitionThatGoesBeforeItWasTakenUpIsReportedWhereItsRowsWereCaptured(String options)
      throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p', " + options + ")::text");
      session.run(
          "create table p_c partition of p for values in ('c'); create table p_d partition of p for"
              + " values in ('d'); create table p_e partition of p for values in ('e'); create"
              + " table p_f partition of p for values in ('f')");
      // Writers do not wait for each other.
      session.run("begin; insert into p values (1, 'c', 'x'), (2, 'c', 'x')");
      other.run("insert into p values (3, 'c', 'x'), (4, 'd', 'x'), (5, 'f', 'x'), (6, 'f', 'x')");
      session.run("commit; drop table p_c; alter table p detach partition p_d; drop table p_e");
      assertThat(rows(session)).containsExactly("1|c", "2|c", "3|c", "4|d", "5|f", "6|f");
      // What is done to it while it is away is not captured.
      session.run(
          "alter table p detach partition p_f; delete from p_f where id = 5; alter table p attach"
              + " partition p_f for values in ('f')");
      assertThat(state(session)).startsWith("partition new|public.p_f|");
      session.run("update pgq_connect.table_copy set state = 'done'");
      session.rows("select pgq_connect.refresh_table('q', 'p')::text");
      assertThat(session.text("select state from pgq_connect.table_copy"))
          .as("the whole is copied again for p_f")
          .isEqualTo("requested");
      assertThat(state(session)).matches("partition gone\\|oid \\d+, public.p_d\\|.*");
      assertThat(session.text("select pgq_connect.forget_partitions('q', 'public', 'p')"))
          .isEqualTo("2");
      assertThat(state(session)).isEqualTo("ok|null|null");
      assertThat(session.rows("select partition_oid from pgq_connect.written_partition")).isEmpty();
    }
  }

  /** Until the next refresh, and in each TRUNCATE of it, its options are those of the partition. */
  @ParameterizedTest
  @ValueSource(strings = {"m_1", "m_2", "m_2a"})
  void aPartitionThatIsCapturedByItselfKeepsItsOptionsWhenAColumnIsRenamed(String table) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table m (gone int, id int primary key, country text, iban text, note text) partition by range (id);
          alter table m drop gone;
          create table m_1 partition of m for values from (0) to (10);
          create table m_2 partition of m for values from (10) to (20) partition by range (id);
          create table m_2a partition of m_2 for values from (10) to (20)\
          """);
      session.rows(
          "select pgq_connect.add_table('q', ?::regclass, condition => $$country = 'DE'$$, masks =>"
              + " '{\"iban\": \"null\"}')::text",
          table);
      String insert =
          "insert into m values (%1$s1, 'DE', 'SECRET', 'x'), (%1$s2, 'FR', 'SECRET', 'x')";
      String nr = table.equals("m_1") ? "" : "1";
      session.run(insert.formatted(nr));
      session.run("alter table m rename country to land");
      session.run("update m set note = 'y'");
      session.run("alter table m rename iban to account; alter table m rename note to iban");
      session.run("update m set iban = 'z'");
      String row = "|(" + nr + "1,DE,,";
      assertThat(session.events())
          .containsExactly("c" + row + "x)", "u" + row + "y)", "u" + row + ")");
      assertThat(session.text("select string_agg(ev_data, '') from pgq.event_1"))
          .doesNotContain("SECRET");
      session.rows("select pgq_connect.refresh_table('q', ?::regclass)::text", table);
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
      session.run("truncate " + (table.equals("m_2") ? "m_2a" : table));
      assertThat(session.events()).hasSize(4).last().asString().startsWith("d" + row);
    }
  }

  /** Also until the next refresh, when rows have to be looked up: not in the other partitions. */
  @Test
  void aRowThatLeavesAPartitionThatIsCapturedByItselfIsGone() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.run(
          "create function nest() returns trigger language plpgsql as $$ begin return null; end $$;"
              + " create trigger nest after update on p for each row execute function nest()");
      session.rows("select pgq_connect.add_table('q', 'p_a', key_columns => '{id}')::text");
      session.run("insert into p values (1, 'a', 'x'), (2, 'a', 'x')");
      session.run("update p set k = 'b' where id = 1");
      session.run("alter table p add column added int");
      session.run("update p set k = 'b' where id = 2");
      assertThat(session.events())
          .containsExactly("c|(1,a,x)", "c|(2,a,x)", "d|(1,a,x)", "d|(2,a,x,)");
    }
  }

  @Test
  void refusesATableBesideItsOwnPartition() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(TABLE);
      session.rows("select pgq_connect.add_table('q', 'p_a')::text");
      assertThatThrownBy(() -> session.rows("select pgq_connect.add_table('q', 'p')::text"))
          .hasMessageContaining(
              "Table public.p cannot be captured into queue \"q\", because public.p_a is")
          .hasMessageContaining("./pgq-connect provider remove --queue q public.p_a");
      session.rows("select pgq_connect.remove_table('q', 'p_a')::text");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      assertThatThrownBy(() -> session.rows("select pgq_connect.add_table('q', 'p_a')::text"))
          .hasMessageContaining("because public.p is");
    }
  }

  @Test
  void capturesAnInheritingTableUnderItsOwnName() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table p (id int primary key, v text); create table kid (primary key (id))"
              + " inherits (p)");
      session.rows("select pgq_connect.add_table('q', 'p')::text");
      assertThat(state(session))
          .isEqualTo(
              "children uncaptured|public.kid, which inherit from it|./pgq-connect provider add"
                  + " --queue q public.kid");
      session.rows("select pgq_connect.add_table('q', 'kid')::text");
      assertThat(session.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("ok", "ok");
      session.run(
          "insert into p values (1, 'p'); insert into kid values (2, 'k'); update p set v = 'all'");
      assertThat(session.events("public.p")).containsExactly("c|(1,p)", "u|(1,all)");
      assertThat(session.events("public.kid")).containsExactly("c|(2,k)", "u|(2,all)");
      assertThat(session.text("select inherits from pgq_connect.copy_source('q', 'public', 'p')"))
          .isEqualTo("t");
    }
  }

  /** As operators convert a table; its name then means the whole, and its triggers see a part. */
  @ParameterizedTest
  @CsvSource({"statement,true", "row,true", "statement,false", "row,false"})
  void aTableThatBecameAPartitionIsReportedUntilTheWholeOrItAloneIsCaptured(
      String form, boolean takesWhole) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      session.rows("select pgq_connect.add_table('q', 't', false, ?)::text", form);
      session.run("insert into t values (1, 'x')");
      session.run(
          "begin; alter table t rename to \"T old\"; alter index t_pkey rename to told_pkey;"
              + " create table t (id int primary key, v text) partition by range (id);"
              + " alter table t attach partition \"T old\" for values from (minvalue) to (100);"
              + " create table t_n partition of t for values from (100) to (maxvalue); commit");
      session.run("insert into t values (2, 'old'), (150, 'new')");
      assertThat(state(session))
          .isEqualTo(
              "inheritance missed|it has become a partition of public.t, whose other partitions are"
                  + " not captured|./pgq-connect provider remove --queue q 'public.T old'; then"
                  + " ./pgq-connect provider add --queue q public.t; or, if only this partition is"
                  + " to be replicated: ./pgq-connect provider add --queue q 'public.T old'");
      if (takesWhole) {
        session.rows("select pgq_connect.remove_table('q', '\"T old\"')");
        session.rows("select pgq_connect.add_table('q', 't')::text");
      } else {
        session.rows("select pgq_connect.add_table('q', '\"T old\"')::text");
      }
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
      assertThat(
              session.rows(
                  "select table_schema || '.' || table_name from pgq_connect.table_copy where state"
                      + " = 'requested'"))
          .containsExactly("public.t");
      session.run("insert into t values (3, 'old again'), (151, 'new again')");
      List<String> events = session.events("public.t");
      assertThat(events).contains("c|(3,\"old again\")");
      assertThat(events.contains("c|(151,\"new again\")")).isEqualTo(takesWhole);
    }
  }

  @Test
  void aPartitionedTableThatWasPutBelowAnotherIsReportedWithTheWholeToAdd() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      String columns = "(id int, r text, primary key (id, r))";
      session.run("create table t " + columns + " partition by range (id)");
      session.run("create table t_1 partition of t for values from (0) to (100)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (1, 'eu')");
      session.run(
          "begin; alter table t rename to t_eu; alter index t_pkey rename to t_eu_pkey; create"
              + " table t "
              + columns
              + " partition by list (r); alter table t attach partition t_eu for values in ('eu');"
              + " create table t_us partition of t for values in ('us'); commit");
      session.run("insert into t values (2, 'eu'), (3, 'us')");
      assertThat(state(session))
          .startsWith("inheritance missed|it has become a partition of public.t, whose other")
          .contains(
              "|./pgq-connect provider remove --queue q public.t_eu; then ./pgq-connect provider"
                  + " add --queue q public.t; or");
      session.rows("select pgq_connect.remove_table('q', 't_eu')");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (4, 'eu'), (5, 'us')");
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
      assertThat(session.events("public.t")).contains("c|(4,eu)", "c|(5,us)");
    }
  }

  @Test
  void aCapturedTableThatIsAttachedToACapturedOneIsToBeRemoved() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text) partition by range (id)");
      session.run("create table t_1 partition of t for values from (0) to (100)");
      session.run("create table old (id int primary key, v text)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.rows("select pgq_connect.add_table('q', 'old')::text");
      session.run("insert into t values (1, 'x'); insert into old values (100, 'y')");
      session.run("alter table t attach partition old for values from (100) to (200)");
      assertThat(
              session.rows(
                  "select state, detail, remedy from pgq_connect.capture_status('q') where remedy"
                      + " like '%public.old%'"))
          .containsExactly(
              "inheritance missed|it has become a partition of public.t, which is captured"
                  + " itself|./pgq-connect provider remove --queue q public.old; then ./pgq-connect"
                  + " provider resync --queue q public.t");
      session.rows("select pgq_connect.remove_table('q', 'old')");
      session.rows("select pgq_connect.refresh_table('q', 't')");
      assertThat(session.text("select state from pgq_connect.capture_status('q')")).isEqualTo("ok");
      session.run("update t set v = 'z'");
      assertThat(session.events("public.t")).contains("u|(1,z)", "u|(100,z)");
    }
  }

  /** Statement triggers fire for the table that a statement names, whosever rows it changes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create table par (id int not null, v text); alter table t inherit par; update par set v ="
            + " 'lost'|it inherits from public.par, and form \"statement\" sees nothing of what is"
            + " written by way of that one|alter table t no inherit par",
        "create table kid () inherits (t); insert into kid values (2, 'kid'); delete from t where"
            + " id = 2|public.kid inherits from it, and form \"statement\" captures changes of the"
            + " rows of such tables as its own|alter table kid no inherit t; analyze t",
        "create table kid () inherits (t); insert into kid values (2, 'kid'); update t set v ="
            + " 'wrong'; drop table kid|until lately another table inherited from it, and form"
            + " \"statement\" captures changes of the rows of such tables as its own|analyze t",
      })
  void inheritanceThatCameLaterMissesChanges(String sql, String reason, String back) {
    for (boolean isBack : new boolean[] {false, true}) {
      try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
          TestSession session = database.open()) {
        session.run("create table t (id int primary key, v text)");
        session.rows("select pgq_connect.add_table('q', 't')::text");
        session.run("insert into t values (1, 'x')");
        session.run("update pgq_connect.table_copy set state = 'done'");
        session.run(sql);
        assertThat(state(session))
            .isEqualTo(
                "inheritance missed|" + reason + "|./pgq-connect provider add --queue q public.t");
        session.rows("select pgq_connect.renew_row_marks('q')");
        if (isBack) {
          session.run(back);
          assertThat(state(session))
              .startsWith(
                  "changes missed|it had inheritance, or was a partition, for a while, and form"
                      + " \"statement\" missed changes or captured those of another"
                      + " table|./pgq-connect provider resync --queue q public.t");
        }
        assertThat(session.text("select form from pgq_connect.add_table('q', 't')"))
            .isEqualTo(isBack ? "statement" : "row");
        assertThat(
                session.rows("select state from pgq_connect.table_copy where state <> 'removed'"))
            .containsExactly("requested");
        assertThat(session.text("select state from pgq_connect.capture_status('q')"))
            .isIn("ok", "children uncaptured");
      }
    }
  }
}
