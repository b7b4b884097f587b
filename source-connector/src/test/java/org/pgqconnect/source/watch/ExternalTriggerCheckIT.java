/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.capture.TableState;
import org.pgqconnect.source.capture.TriggerState;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** What becomes of a table's changes as Londiste's own list of tables, the real one, tells. */
class ExternalTriggerCheckIT {
  private final ExternalTriggerCheck check = new ExternalTriggerCheck("q");
  private TestDatabase database;
  private TestSession admin;

  @BeforeEach
  void createRoot() {
    database = TestServer.PGQ_EXTENSION.newDatabase().withQueue();
    admin = database.open("postgres");
    assumeTrue(
        admin.text("select name from pg_available_extensions where name = 'londiste'") != null,
        "skipped: Londiste's SQL is missing: apt install postgresql-15-londiste-sql");
    admin.run("create extension pgq_node; create extension londiste");
    admin.run(
        """
        select pgq_node.register_location('q', 'root', 'dbname=x', false);
        select pgq_node.create_node('q', 'root', 'root', 'root_worker', null, null, null);
        create table t (id int primary key);
        select londiste.local_add_table('q', 'public.t')\
        """);
  }

  @AfterEach
  void drop() {
    if (admin != null) {
      admin.close();
      database.close();
    }
  }

  private List<TableState> bad() throws SQLException {
    return check.check(admin.connection()).stream()
        .filter(state -> state.state() != TriggerState.OK)
        .toList();
  }

  @Test
  void aRenamedTableIsMissedWhetherItWasSeenBeforeOrNot() throws SQLException {
    assertThat(bad()).isEmpty();
    admin.run("create schema s; alter table t rename to \"U u\"; alter table \"U u\" set schema s");
    for (ExternalTriggerCheck any : List.of(check, new ExternalTriggerCheck("q"))) {
      List<TableState> states =
          any.check(admin.connection()).stream()
              .filter(state -> state.state() != TriggerState.OK)
              .toList();
      assertThat(states).hasSize(1);
      assertThat(states.get(0).state()).isEqualTo(TriggerState.RENAMED);
      assertThat(states.get(0).table()).hasToString("public.t");
      assertThat(states.get(0).detail())
          .isEqualTo(
              "there is no table public.t, which Londiste has registered, and s.U u, which it has"
                  + " not, bears its trigger _londiste_q");
      assertThat(states.get(0).remedy())
          .isEqualTo(
              "give it its name back: ALTER TABLE \"s\".\"U u\" RENAME TO \"t\"; ALTER TABLE"
                  + " \"s\".\"t\" SET SCHEMA \"public\"; or londiste <ini file> remove-table"
                  + " public.t, and add-table under the new name if it has one");
    }
    String remedy = bad().get(0).remedy();
    admin.run(remedy.substring(remedy.indexOf("ALTER"), remedy.indexOf("; or")));
    assertThat(bad()).isEmpty();
  }

  @Test
  void aDroppedTableIsMissedUntilLondisteForgetsIt() throws SQLException {
    assertThat(bad()).isEmpty();
    admin.run("drop table t");
    assertThat(bad()).hasSize(1);
    assertThat(bad().get(0).state()).isEqualTo(TriggerState.TABLE_MISSING);
    assertThat(bad().get(0).detail())
        .isEqualTo("there is no table public.t, which Londiste has registered");
    assertThat(bad().get(0).remedy())
        .startsWith(
            "give it its name back if it was renamed; if it is not to be replicated any more:")
        .contains("remove-table public.t");
    admin.run("select londiste.local_remove_table('q', 'public.t')");
    assertThat(bad()).isEmpty();
  }

  @Test
  void aTableThatLondisteRemovesIsNotMissed() throws SQLException {
    assertThat(bad()).isEmpty();
    admin.run("select londiste.local_remove_table('q', 'public.t')");
    assertThat(admin.text("select count(*) from pg_trigger where tgrelid = 't'::regclass"))
        .isEqualTo("0");
    assertThat(bad()).isEmpty();
  }

  @Test
  void aDroppedTriggerIsMissedAndWhatIsSaidMakesItAnew() throws SQLException {
    admin.run(
        """
        create table here (id int primary key);
        select londiste.local_add_table('q', 'public.there', array[]::text[], null, 'public.here')\
        """);
    assertThat(bad()).isEmpty();
    String before =
        admin.text(
            "select tgargs::text from pg_trigger where tgrelid = 'here'::regclass and tgname ="
                + " '_londiste_q'");
    admin.run("drop trigger _londiste_q on here; drop trigger _londiste_q_truncate on t");
    assertThat(bad())
        .extracting(state -> state.table().toString(), TableState::state)
        .containsExactlyInAnyOrder(
            tuple("public.there", TriggerState.TRIGGER_MISSING),
            tuple("public.t", TriggerState.TRIGGER_MISSING));
    for (TableState state : bad()) {
      admin.run(state.remedy().replaceFirst("; if the table was.*", ""));
    }
    assertThat(bad()).isEmpty();
    assertThat(
            admin.text(
                "select tgargs::text from pg_trigger where tgrelid = 'here'::regclass and tgname ="
                    + " '_londiste_q'"))
        .isEqualTo(before);
  }
}
