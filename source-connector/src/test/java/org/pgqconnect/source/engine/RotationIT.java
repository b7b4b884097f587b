/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

class RotationIT {

  private static final String TICK = "select pgq.force_tick('q'), pgq.ticker('q')";

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void waitsForTheSlowestConsumerAndForStepTwo(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("update pgq.queue set queue_rotation_period = '0'");
      session.run("select pgq.register_consumer('q', 'c')");
      session.run("select pgq.insert_event('q', 'a', 'first')");

      rotate(session);
      assertThat(currentTable(session))
          .as("the consumer has not seen any tick after the last switch")
          .isEqualTo("0");

      consumeAll(session);
      session.run("select pgq.maint_rotate_tables_step1('q')");
      assertThat(currentTable(session)).isEqualTo("1");
      consumeAll(session);
      session.run("select pgq.maint_rotate_tables_step1('q')");
      assertThat(currentTable(session)).as("step 2 is due").isEqualTo("1");
      session.run("select pgq.maint_rotate_tables_step2()");

      session.run("select pgq.insert_event('q', 'a', 'second')");
      assertThat(session.rows("select ev_data from pgq.event_1_1")).containsExactly("second");
      assertThat(session.events()).as("the old table is kept").hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void emptiesTheOldestTableAndForgetsItsTicks(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("update pgq.queue set queue_rotation_period = '0'");
      session.run("select pgq.register_consumer('q', 'c')");
      for (int round = 0; round < 7; round++) {
        session.run("select pgq.insert_event('q', 'a', '" + round + "')");
        consumeAll(session);
        rotate(session);
      }

      assertThat(currentTable(session)).isEqualTo("1");
      assertThat(session.rows("select ev_data from pgq.event_1 order by 1"))
          .containsExactly("5", "6");
      assertThat(Integer.parseInt(session.text("select count(*) from pgq.tick"))).isLessThan(6);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void putsTheSwitchOffWhileSomebodyHoldsTheTable(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession dump = database.open()) {
      session.run("update pgq.queue set queue_rotation_period = '0'");
      dump.connection().setAutoCommit(false);
      dump.run("select * from pgq.event_1_1");

      rotate(session);
      assertThat(currentTable(session)).isEqualTo("0");
      dump.connection().rollback();
      rotate(session);
      assertThat(currentTable(session)).isEqualTo("1");
    }
  }

  /** A case that PgQ itself loses: see pgq.batch_event_tables. */
  @Test
  void losesNothingOfATransactionWhoseSnapshotIsOlderThanTheSwitch() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession old = database.open()) {
      session.run("update pgq.queue set queue_rotation_period = '0'");
      session.run("select pgq.register_consumer('q', 'c')");
      old.connection().setTransactionIsolation(java.sql.Connection.TRANSACTION_REPEATABLE_READ);
      old.connection().setAutoCommit(false);
      old.run("select 1");
      for (int i = 0; i < 2; i++) {
        consumeAll(session);
        rotate(session);
      }
      consumeAll(session);
      assertThat(currentTable(session)).isEqualTo("2");

      String before = session.text("select max(tick_id) from pgq.tick");
      old.run("select pgq.insert_event('q', 'a', 'late')");
      old.connection().commit();
      assertThat(session.rows("select ev_data from pgq.event_1_0")).containsExactly("late");
      rotate(session);
      assertThat(currentTable(session))
          .as("the table to be emptied holds an unread event")
          .isEqualTo("2");

      session.run(TICK);
      String batch = session.text("select pgq.next_batch('q', 'c')");
      assertThat(session.rows("select ev_data from pgq.get_batch_events(" + batch + ")"))
          .containsExactly("late");
      session.run("select pgq.finish_batch(" + batch + ")");
      consumeAll(session);
      rotate(session);
      assertThat(currentTable(session)).isEqualTo("0");
      assertThatThrownBy(
              () -> session.run("select pgq.register_consumer_at('q', 'c', " + before + ")"))
          .as("the late event is gone, so nobody may start before it")
          .hasMessageContaining("cannot reposition, tick not found: " + before);
    }
  }

  private static void rotate(TestSession session) {
    session.run("select pgq.maint_rotate_tables_step1('q')");
    session.run("select pgq.maint_rotate_tables_step2()");
  }

  private static void consumeAll(TestSession session) {
    session.run("select pg_current_xact_id()"); // so that the tick's snapshot lies after step 2
    session.run(TICK);
    for (String batch; (batch = session.text("select pgq.next_batch('q', 'c')")) != null; ) {
      session.run("select pgq.finish_batch(" + batch + ")");
    }
  }

  private static String currentTable(TestSession session) {
    return session.text("select queue_cur_table from pgq.queue where queue_name = 'q'");
  }
}
