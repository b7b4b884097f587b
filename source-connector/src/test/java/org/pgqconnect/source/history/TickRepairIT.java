/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** A repair, run by the role that installed: the owner of our engine, a pgq_admin of PgQ's. */
class TickRepairIT {
  private static final TickRepair REPAIR = new TickRepair("q");
  private static final long NEXT = 1_000_000_000L;

  private static TickRepair.Plan repair(TestSession session) throws SQLException {
    session.connection().setAutoCommit(false);
    try {
      TickRepair.Plan plan = REPAIR.run(session.connection());
      session.connection().commit();
      return plan;
    } finally {
      session.connection().rollback();
      session.connection().setAutoCommit(true);
    }
  }

  private static TestDatabase prepare(TestServer server) {
    TestDatabase database = server.newDatabase().withQueue();
    try (TestSession session = database.open()) {
      session.run("select pgq.ticker('q')");
      session.run("select pgq.register_consumer('q', 'c')");
      session.run("select pgq.insert_event('q', 'a', 'unread')");
      session.run("select pgq.insert_event('q', 'a', 'too')");
      session.run("select pgq.ticker('q')");
    }
    return database;
  }

  /** Ticks go on, the consumer's next batch leads from where it was to the new ones. */
  private static void assertGoesOn(TestSession session, String before, String... events) {
    session.run("select pgq.insert_event('q', 'a', 'new')");
    assertThat(session.text("select pgq.ticker('q')")).isEqualTo(String.valueOf(NEXT + 1));
    StringBuilder read = new StringBuilder();
    String first = null;
    for (String batch; (batch = session.text("select pgq.next_batch('q', 'c')")) != null; ) {
      first =
          first != null
              ? first
              : session.text("select prev_tick_id from pgq.get_batch_info(" + batch + ")");
      session
          .rows("select ev_data from pgq.get_batch_events(" + batch + ") order by ev_id")
          .forEach(data -> read.append(data).append(' '));
      session.run("select pgq.finish_batch(" + batch + ")");
    }
    assertThat(first).isEqualTo(before);
    assertThat(read.toString().trim()).isEqualTo(String.join(" ", events));
    session.run("update pgq.queue set queue_rotation_period = '0'");
    session.run("select pgq.maint_rotate_tables_step1('q')");
    assertThat(session.text("select queue_cur_table from pgq.queue")).as("rotation").isEqualTo("1");
  }

  private static String position(TestSession session) {
    return session.text("select last_tick from pgq.get_consumer_info('q', 'c')");
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void afterAFailoverEventsAreKeptAndTicksGetIdsThatNobodyHasSeen(TestServer server)
      throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      String before = position(session);
      TickRepair.Plan plan = REPAIR.plan(session.connection());
      assertThat(plan.future()).isFalse();
      assertThat(plan.nextTick()).isEqualTo(NEXT);
      assertThat(repair(session)).isEqualTo(plan);
      assertThat(session.text("select max(tick_id) from pgq.tick")).isEqualTo(String.valueOf(NEXT));
      assertThat(REPAIR.plan(session.connection()).nextTick()).isEqualTo(2 * NEXT);
      assertGoesOn(session, before, "unread", "too", "new");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void afterARestoreWithSmallerTransactionIdsTheQueueBeginsAnew(TestServer server)
      throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      String before = position(session);
      admin.run(
          """
          update pgq.tick set tick_snapshot = '8589935592:8589935600:8589935595';
          update pgq.queue set queue_switch_step1 = 8589935000, queue_switch_step2 = 8589935001\
          """);
      admin.run("update pgq.event_1 set ev_txid = 8589935598");
      assertThatThrownBy(() -> session.run("select pgq.ticker('q')"))
          .hasMessageContaining("Invalid PgQ state");
      session.run("select pgq.set_queue_config('q', 'ticker_paused', 'true')");

      TickRepair.Plan plan = repair(session);
      assertThat(plan.future()).isTrue();
      assertThat(plan.consumers()).hasSize(1).first().asString().startsWith("c (about ");
      assertThat(session.rows("select * from pgq.event_1")).isEmpty();
      assertThat(session.text("select queue_ticker_paused from pgq.queue")).isEqualTo("t");
      assertThat(session.text("select queue_external_ticker from pgq.queue")).isEqualTo("f");
      session.run("select pgq.set_queue_config('q', 'ticker_paused', 'false')");
      session.run("select txid_current()");
      assertGoesOn(session, before, "new");
      assertThat(REPAIR.plan(session.connection()).future()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void theServerCatchesUpWithTheTransactionIdsOfARestoredQueueAndItIsStillRepaired(
      TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      String before = position(session);
      LostHistory.checkTicks(session.connection(), "q");
      admin.run(
          """
          update pgq.tick set tick_snapshot = (txid_current() + 20 || ':' || txid_current() + 20 || ':')::txid_snapshot
           where tick_id = (select max(tick_id) from pgq.tick)\
          """);
      for (int i = 0; i < 40; i++) {
        admin.rows("select txid_current()");
      }
      assertThatThrownBy(() -> LostHistory.checkTicks(session.connection(), "q"))
          .hasMessageContaining(
              "Queue \"q\" was restored into a server with smaller transaction ids: tick 3 (")
          .hasMessageContaining(" of this server wrote its row. ")
          .hasMessageContaining("pgq-connect provider repair-ticks --queue q --confirm");
      session.run("select pgq.ticker('q')");
      assertThat(repair(session).future()).isTrue();
      LostHistory.checkTicks(session.connection(), "q");
      assertGoesOn(session, before, "new");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void eventsOfTheFutureAreReasonEnough(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run("update pgq.event_1 set ev_txid = 8589935598");
      assertThat(REPAIR.plan(session.connection()).future()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void nothingIsChangedWhileTheQueueIsInUse(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession writer = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run("update pgq.tick set tick_snapshot = '8589935592:8589935600:8589935595'");
      writer.run("begin; select pgq.insert_event('q', 'a', 'open')");
      assertThatThrownBy(() -> repair(session))
          .isInstanceOf(SQLException.class)
          .satisfies(e -> assertThat(SqlState.is(e, SqlState.LOCK_NOT_AVAILABLE)).isTrue());
      writer.run("rollback");
      assertThat(session.text("select max(tick_id) from pgq.tick")).hasSizeLessThan(3);
      assertThat(session.rows("select ev_data from pgq.event_1")).containsExactly("unread", "too");
      assertThat(repair(session).future()).isTrue();
    }
  }
}
