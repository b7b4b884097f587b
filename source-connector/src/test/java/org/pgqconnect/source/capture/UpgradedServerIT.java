/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * After pg_upgrade tables have the oids that they had, and all other rows of the catalog are other
 * ones: what was missed before stays reported, and what is missed later is reported.
 */
class UpgradedServerIT {
  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
  private final TestSession app = database.open();

  @BeforeEach
  void tables() {
    app.run(
        """
        create type mood as enum ('low', 'high');
        create table t (id int primary key, v int, m mood);
        insert into t values (1, 1, 'low');
        create table p (id int primary key) partition by range (id);
        create table p_a partition of p for values from (0) to (10);
        create table p_b partition of p for values from (10) to (20)\
        """);
    app.rows("select pgq_connect.add_table('q', 't')::text");
    app.rows("select pgq_connect.add_table('q', 'p')::text");
    look();
  }

  @AfterEach
  void close() {
    app.close();
    database.close();
  }

  private void look() {
    app.rows("select pgq_connect.renew_row_marks('q')");
  }

  private List<String> states() {
    return app.rows(
        "select table_name, state from pgq_connect.capture_status('q') where state <> 'ok'");
  }

  /** What pg_upgrade does to what was marked: another catalog, with other triggers. */
  private void upgrade() {
    app.run(
        """
        update pgq_connect.captured_table
           set row_marks = row_marks || '{"catalog": "1/1"}',
               trigger_marks = (
                   select '1/1:' || string_agg(case when mark like '0/0/%' then mark
                                                    else regexp_replace(mark, '^(\\d+)(/.*/)(\\d+)$', '9\\1\\29\\3') end, ' ')
                     from unnest(string_to_array(split_part(trigger_marks, ':', 2), ' ')) mark);
        update pgq_connect.captured_partition
           set trigger_oid = case trigger_oid when 0 then 0 else trigger_oid::bigint + 1000000 end,
               layout_trigger = layout_trigger::bigint + 1000000\
        """);
  }

  private void startSource() {
    assertThat(app.rows("select number > 0 from pgq_connect.begin_session('q', 'source', true)"))
        .containsExactly("t");
  }

  @Test
  void whatIsMissedAfterAnUpgradeIsReported() {
    upgrade();
    assertThat(states()).containsExactly("p|layout changed");
    startSource();
    assertThat(states()).as("no partition was away").isEmpty();
    app.run("alter table t disable trigger user; alter table t enable trigger user");
    app.run("alter table p detach partition p_a; truncate p_a");
    app.run("alter table p attach partition p_a for values from (0) to (10)");
    assertThat(states()).containsExactly("p|partition gone", "t|changes missed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alter table t disable trigger user; alter table t enable trigger user | t|changes missed",
        "alter table t rename to t2; alter table t2 rename to t | t|changes missed",
        "alter table t alter v type int using v + 1 | t|rows rewritten",
        "alter type mood rename value 'low' to 'down' | t|type altered",
        "alter table p detach partition p_a; alter table p attach partition p_a for values from (0)"
            + " to (10) | p|partition gone"
      })
  void whatWasReportedBeforeAnUpgradeStaysReported(String what, String table, String state) {
    app.run(what);
    if (what.contains("rename to")) {
      app.run(
          "update pgq_connect.captured_table set trigger_marks = trigger_marks || '"
              + " 0/0/false/renamed' where table_name = 't'");
    }
    look();
    assertReported(table + "|" + state);
  }

  /** The source was stopped, but the catalog after the upgrade still shows it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alter table t alter v type int using v + 1 | t|rows rewritten",
        "alter type mood rename value 'low' to 'down' | t|type altered"
      })
  void whatNobodyLookedAtBeforeAnUpgradeIsReported(String what, String table, String state) {
    if (state.equals("rows rewritten")) {
      app.assumeAtLeast(15, "pg_upgrade of versions before gives every table another file");
    }
    app.run(what);
    assertReported(table + "|" + state);
  }

  @Test
  void aTriggerThatWasAwayDuringAnUpgradeAndIsBackIsReported() {
    String trigger = "\"00_pgq_connect_1_i\"";
    app.run("drop trigger " + trigger + " on t");
    upgrade();
    startSource();
    assertThat(states()).containsExactly("t|trigger missing");
    app.run(
        "create trigger "
            + trigger
            + " after insert on t referencing new table as new_rows for each statement execute"
            + " function pgq_connect."
            + app.text(
                "select function_name from pgq_connect.captured_table where table_name = 't'")
            + "()");
    refresh();
    assertThat(states()).containsExactly("t|changes missed");
  }

  private void refresh() {
    app.rows("select pgq_connect.refresh_table('q', 't')::text");
    app.rows("select pgq_connect.refresh_table('q', 'p')::text");
  }

  private void assertReported(String state) {
    for (int upgrades = 0; upgrades < 2; upgrades++) {
      upgrade();
      startSource();
      look();
      refresh();
      assertThat(states()).containsExactly(state);
    }
    app.rows("select pgq_connect.request_copy('q', 'public', ?)::text", state.substring(0, 1));
    assertThat(states()).isEmpty();
  }
}
