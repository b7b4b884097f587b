/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * The same calls with the same results on both engines: the real extension is the specification.
 */
class PgqApiIT {

  private static final String TICK = "select pgq.force_tick('q'), pgq.ticker('q')";

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void createsConfiguresAndDropsQueues(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(session.rows("select pgq.create_queue('n'), pgq.create_queue('n')"))
          .containsExactly("1|0");
      failsWith(session, "select pgq.create_queue(null)", "Invalid NULL value");
      assertThat(session.text("select pgq.current_event_table('n')")).isEqualTo("pgq.event_2_0");
      failsWith(session, "select pgq.current_event_table('x')", "Event queue not found");

      assertThat(session.text("select pgq.set_queue_config('n', 'ticker_max_lag', '10 sec')"))
          .isEqualTo("1");
      failsWith(
          session, "select pgq.set_queue_config('n', 'nonsense', '1')", "cannot change parameter");
      failsWith(
          session,
          "select pgq.set_queue_config('x', 'ticker_max_lag', '1')",
          "No such event queue");
      assertThat(session.text("select queue_ticker_max_lag::text from pgq.get_queue_info('n')"))
          .isEqualTo("00:00:10");

      session.run("select pgq.register_consumer('n', 'c')");
      failsWith(
          session, "select pgq.drop_queue('n')", "cannot drop queue, consumers still attached");
      assertThat(session.text("select pgq.drop_queue('n', true)")).isEqualTo("1");
      failsWith(session, "select pgq.drop_queue('n')", "No such event queue");
      assertThat(session.text("select count(*) from pg_class where relname like 'event\\_2%'"))
          .isEqualTo("0");
      assertThat(session.text("select count(*) from pgq.consumer")).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void deliversEventsInBatches(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(
              session.rows(
                  "select pgq.register_consumer('q', 'c'), pgq.register_consumer('q', 'c')"))
          .containsExactly("1|0");
      failsWith(session, "select pgq.register_consumer('x', 'c')", "Event queue not created yet");
      failsWith(session, "select pgq.next_batch('q', 'x')", "Not subscriber to queue: q/x");
      assertThat(session.text("select pgq.next_batch('q', 'c')")).isNull();
      insertSomeEvents(session);
      session.run(TICK);

      assertThat(
              session.rows(
                  "select cur_tick_id, prev_tick_id, batch_id from pgq.next_batch_info('q', 'c')"))
          .containsExactly("2|1|1");
      assertThat(session.text("select pgq.next_batch('q', 'c')")).isEqualTo("1");
      List<String> events =
          List.of(
              "1|t|d|null|null|null|null|null",
              "2|t|d|null|1|2|3|4",
              "4|t|d|null|null|null|null|null",
              "77|t|d|null|null|null|null|null");
      String columns =
          "ev_id, ev_type, ev_data, ev_retry, ev_extra1, ev_extra2, ev_extra3, ev_extra4";
      assertThat(session.rows("select " + columns + " from pgq.get_batch_events(1)"))
          .isEqualTo(events);
      assertThat(
              session.rows(
                  "select "
                      + columns
                      + " from ("
                      + session.text("select pgq.batch_event_sql(1)")
                      + ") e"))
          .isEqualTo(events);
      assertThat(session.rows("select ev_txid = txid_current() from pgq.get_batch_events(1)"))
          .containsOnly("f");
      assertThat(
              session.rows(
                  "select queue_name, consumer_name, prev_tick_id, tick_id from"
                      + " pgq.get_batch_info(1)"))
          .containsExactly("q|c|1|2");
      assertThat(
              session.rows(
                  "select consumer_name, last_tick, current_batch, next_tick from"
                      + " pgq.get_consumer_info('q')"))
          .containsExactly("c|1|1|2");

      assertThat(session.rows("select pgq.finish_batch(1), pgq.finish_batch(1)"))
          .containsExactly("1|0");
      failsWith(session, "select * from pgq.get_batch_events(1)", "batch not found");
      failsWith(session, "select * from pgq.batch_event_tables(1)", "Cannot find data for batch 1");
      assertThat(session.text("select pgq.next_batch('q', 'c')")).isNull();
      assertThat(
              session.rows(
                  "select last_tick, current_batch, pending_events from pgq.get_consumer_info('q',"
                      + " 'c')"))
          .containsExactly("2|null|0");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void opensCursorsThatReturnTheFirstEventsAtOnce(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.register_consumer('q', 'c')");
      insertSomeEvents(session);
      session.run(TICK);
      session.run("select pgq.next_batch('q', 'c')");
      session.connection().setAutoCommit(false);

      assertThat(session.rows("select ev_id from pgq.get_batch_cursor(1, 'a', 1)"))
          .containsExactly("1");
      assertThat(session.rows("fetch all from a")).hasSize(3);
      assertThat(session.rows("select ev_id from pgq.get_batch_cursor(1, 'b', 0, 'ev_id > 2')"))
          .isEmpty();
      assertThat(session.rows("fetch all from b")).hasSize(2);
      assertThat(
              session.rows("select ev_id from pgq.get_batch_cursor(1, 'd', -1, '_evs.ev_id > 3')"))
          .isEmpty();
      assertThat(session.rows("fetch all from d")).hasSize(2);
      assertThat(
              session.rows(
                  "select ev_id from pgq.get_batch_cursor(1, 'c', 100, 'ev_id = 2 or false')"))
          .containsExactly("2");
      assertThat(session.rows("select ev_id from pgq.get_batch_cursor(1, null, 100)")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void movesAndRemovesConsumers(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(session.text("select pgq.register_consumer_at('q', 'c', 1)")).isEqualTo("1");
      failsWith(
          session,
          "select pgq.register_consumer_at('q', 'c', 99)",
          "cannot reposition, tick not found: 99");
      failsWith(
          session,
          "select pgq.register_consumer_at('q', 'd', 99)",
          "cannot reposition, tick not found: 99");
      session.run(TICK);
      session.run("select pgq.next_batch('q', 'c')");

      assertThat(session.text("select pgq.register_consumer_at('q', 'c', 2)")).isEqualTo("0");
      assertThat(
              session.rows("select last_tick, current_batch from pgq.get_consumer_info('q', 'c')"))
          .containsExactly("2|null");
      assertThat(
              session.rows(
                  "select pgq.unregister_consumer('q', 'c'), pgq.unregister_consumer('x', 'c')"))
          .containsExactly("1|0");
      assertThat(session.text("select pgq.unregister_consumer('q', 'c')")).isEqualTo("0");
      assertThat(session.text("select count(*) from pgq.consumer")).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void mergesTicksIntoLargerBatches(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.set_queue_config('q', 'external_ticker', 'true')");
      session.run("select pgq.register_consumer('q', 'c')");
      for (int tick = 2; tick <= 6; tick++) {
        session.text(
            "select pgq.ticker('q', ?, timestamptz '2020-01-01' + make_interval(mins => ?), ?)",
            (long) tick,
            tick,
            tick * 100L);
      }
      session.run(
          "update pgq.tick set tick_time = '2020-01-01', tick_event_seq = 100 where tick_id = 1");

      assertThat(customBatch(session, "null, 10000, null")).isEqualTo("null");
      assertThat(customBatch(session, "null, null, interval '1 hour'")).isEqualTo("null");
      assertThat(customBatch(session, "null, 150, null")).isEqualTo("3");
      assertThat(customBatch(session, "null, 400, null")).isEqualTo("6");
      assertThat(customBatch(session, "null, null, interval '3 minutes'")).isEqualTo("6");
      assertThat(customBatch(session, "null, null, interval '2 minutes'")).isEqualTo("2");
      assertThat(customBatch(session, "interval '1 day', null, null")).isEqualTo("2");
      assertThat(customBatch(session, "interval '900 years', null, null")).isEqualTo("null");
    }
  }

  /** The last tick of the batch that these arguments give; the batch is dropped again. */
  private static String customBatch(TestSession session, String arguments) {
    String tick =
        session.text(
            "select coalesce(cur_tick_id::text, 'null') from pgq.next_batch_custom('q', 'c', "
                + arguments
                + ")");
    session.run("select pgq.register_consumer_at('q', 'c', 1)");
    return tick;
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void ticksWhenAQueueNeedsIt(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      failsWith(session, "select pgq.ticker('x')", "no such queue");
      session.run(
          "select pgq.set_queue_config('q', 'ticker_max_lag', '1 hour'), pgq.set_queue_config('q',"
              + " 'ticker_max_count', '4')");
      assertThat(session.text("select pgq.ticker('q')")).as("a queue's second tick").isEqualTo("2");
      assertThat(session.text("select pgq.ticker('q')")).as("nothing to do").isNull();
      insertSomeEvents(session);
      assertThat(session.text("select pgq.ticker('q')"))
          .as("below the count, by the sequence")
          .isNull();
      session.run("select pgq.insert_event('q', 'one', 'more')");
      assertThat(session.text("select pgq.ticker('q')")).as("count reached").isEqualTo("3");
      assertThat(session.text("select pgq.force_tick('q')")).isEqualTo("3");
      assertThat(session.text("select pgq.ticker()")).isEqualTo("1");
      assertThat(session.text("select pgq.ticker()")).isEqualTo("0");
      assertThat(session.text("select pgq.force_tick('x')")).isNull();

      session.run("select pgq.insert_event('q', 'a', 'b')");
      session.run("update pgq.tick set tick_time = now() - interval '2 hours' where tick_id = 4");
      assertThat(session.text("select pgq.ticker('q')")).as("lag reached").isEqualTo("5");
      session.run("select pgq.set_queue_config('q', 'ticker_idle_period', '1 hour')");
      session.run(
          "update pgq.tick set tick_time = now() - interval '50 minutes' where tick_id = 5");
      assertThat(session.text("select pgq.ticker('q')"))
          .as("idle, twice the gap and idle period")
          .isNull();
      session.run("select pgq.set_queue_config('q', 'ticker_idle_period', '1 minute')");
      assertThat(session.text("select pgq.ticker('q')")).as("idle period over").isEqualTo("6");

      session.run("select pgq.set_queue_config('q', 'ticker_paused', 'true')");
      failsWith(session, "select pgq.ticker('q')", "Ticker has been paused for this queue");
      assertThat(session.text("select pgq.ticker()")).isEqualTo("0");
      session.run("select pgq.set_queue_config('q', 'ticker_paused', 'false')");

      failsWith(
          session,
          "select pgq.ticker('q', 10, now(), 5000)",
          "queue not found or ticker disabled: q");
      session.run("select pgq.set_queue_config('q', 'external_ticker', 'true')");
      failsWith(session, "select pgq.ticker('q')", "This queue has external tick source.");
      assertThat(session.text("select pgq.ticker('q', 20, now(), 50000)")).isEqualTo("20");
      assertThat(
              session.rows(
                  "select pgq.seq_getval(queue_event_seq), pgq.seq_getval(queue_tick_seq) from"
                      + " pgq.queue"))
          .containsExactly("50000|20");
    }
  }

  /** Any role may take any advisory lock; and an idle queue costs no transaction ids. */
  @Test
  void nobodyWithoutRightsStopsTheTicker() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession stranger = database.open("app")) {
      stranger.run(
          "select pg_advisory_lock('pgq.tick'::regclass::oid::bigint::bit(32)::integer, queue_id)"
              + " from pgq.queue");
      stranger.run("begin; lock table pgq.queue, pgq.tick in access share mode");
      session.run(
          "set lock_timeout = '2s'; select pgq.set_queue_config('q', 'ticker_max_lag', '1 hour')");
      assertThat(session.text("select pgq.ticker('q')")).isEqualTo("2");
      session.run("begin; select pgq.ticker('q'); select pgq.ticker()");
      assertThat(session.text("select pg_current_xact_id_if_assigned()")).isNull();
      session.run("commit");
      session.run("begin isolation level repeatable read; delete from pgq.tick");
      assertThat(session.text("select pgq.ticker('q')")).isNotNull();
    }
  }

  /** Who changes or removes queues waits for the ticker, or the ticker for it, but never both. */
  @Test
  void tickersAndMaintenanceDoNotLockEachOtherOut() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession ticker = database.open();
        TestSession other = database.open()) {
      // Not in the order of their ids: q comes last in the table.
      other.run("select pgq.create_queue('r'); update pgq.queue set queue_switch_step2 = null");
      other.run("update pgq.queue set queue_name = queue_name where queue_name = 'q'");
      ticker.run("begin; select pgq.force_tick('q'), pgq.force_tick('r'); select pgq.ticker('q')");
      Thread step2 = waiting(other, "select pgq.maint_rotate_tables_step2()", ticker);
      ticker.run("select pgq.ticker('r'); commit");
      step2.join();
      assertThat(other.rows("select from pgq.queue where queue_switch_step2 is null")).isEmpty();

      ticker.run("begin; select pgq.ticker('r')"); // not due, so only looked at
      Thread drop = waiting(other, "select pgq.drop_queue('r')", ticker);
      ticker.run("select pgq.force_tick('r'); select pgq.ticker('r'); commit");
      drop.join();
      assertThat(other.rows("select queue_name from pgq.queue")).containsExactly("q");
    }
  }

  /** Begins a statement that has to wait for a lock; returns when it does. */
  private static Thread waiting(TestSession session, String sql, TestSession observer) {
    String pid = session.text("select pg_backend_pid()");
    Thread thread = new Thread(() -> session.run(sql));
    thread.start();
    Await.atMost(Duration.ofSeconds(30), sql + " to wait")
        .until(
            () ->
                !observer
                    .rows("select from pg_locks where not granted and pid = ?::int", pid)
                    .isEmpty());
    return thread;
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void deliversEventsAgain(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.register_consumer('q', 'c'), pgq.register_consumer('q', 'other')");
      insertSomeEvents(session);
      session.run(TICK);
      session.run("select pgq.next_batch('q', 'c')");

      assertThat(session.rows("select pgq.event_retry(1, 1, 0), pgq.event_retry(1, 1, 0)"))
          .containsExactly("1|0");
      assertThat(session.text("select pgq.event_retry(1, 2, now() + interval '1 hour')"))
          .isEqualTo("1");
      failsWith(session, "select pgq.event_retry(1, 999, 0)", "event not found");
      failsWith(session, "select pgq.event_retry(99, 1, 0)", "event not found");
      assertThat(session.text("select pgq.batch_retry(1, 3600)")).isEqualTo("2");
      failsWith(session, "select pgq.batch_retry(99, 0)", "batch_retry: batch 99 not found");
      assertThat(
              session.text(
                  "select pgq.event_retry_raw('q', 'c', now(), 500, now(), 3, 't', 'raw', null,"
                      + " null, null, null)"))
          .isEqualTo("500");
      failsWith(
          session,
          "select pgq.event_retry_raw('q', 'x', now(), 500, now(), 3, 't', 'd', null, null, null,"
              + " null)",
          "consumer not registered");
      assertThat(session.rows("select pgq.maint_retry_events(), pgq.finish_batch(1)"))
          .containsExactly("2|1");
      assertThat(session.text("select pgq.maint_retry_events()")).isEqualTo("0");
      session.run(TICK);

      session.run("select pgq.next_batch('q', 'c')");
      assertThat(session.rows("select ev_id, ev_retry from pgq.get_batch_events(2)"))
          .containsExactly("1|1", "500|3");
      session.run("select pgq.next_batch('q', 'other'), pgq.finish_batch(3)");
      session.run("select pgq.next_batch('q', 'other')");
      assertThat(session.rows("select ev_id from pgq.get_batch_events(4)"))
          .as("another consumer's retries")
          .isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void refusesEventsWhenToldTo(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      failsWith(session, "select pgq.insert_event('x', 'a', 'b')", "No such queue");
      session.run("update pgq.queue set queue_disable_insert = true");
      failsWith(session, "select pgq.insert_event('q', 'a', 'b')", "Insert into queue disallowed");
      session.run("update pgq.queue set queue_disable_insert = false, queue_per_tx_limit = 2");
      String twice =
          "select pgq.insert_event('q', 'a', 'b'); select pgq.insert_event('q', 'a', 'b');";
      session.run(twice);
      session.run(twice);
      failsWith(
          session,
          twice + "select pgq.insert_event('q', 'a', 'b')",
          "Queue 'q' allows max 2 events from one TX");
      assertThat(session.events()).hasSize(4);
      session.run("set pgq.tx_events_1 = '-9'; set pgq.tx_events_2 = 'x'");
      session.run("begin; set local pgq.tx_events_1 = '-9'; " + twice);
      failsWith(
          session,
          "select pgq.insert_event('q', 'a', 'b')",
          "Queue 'q' allows max 2 events from one TX");
      session.run("rollback; update pgq.queue set queue_per_tx_limit = 0");
      failsWith(
          session,
          "select pgq.insert_event('q', 'a', 'b')",
          "Queue 'q' allows max 0 events from one TX");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void namesTheTableThatEventsGoInto(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open("postgres")) {
      failsWith(session, "select pgq.current_event_table('x')", "Event queue not found");
      assertThat(session.text("select pgq.current_event_table('q')")).isEqualTo("pgq.event_1_0");
      session.run("update pgq.queue set queue_disable_insert = true");
      failsWith(session, "select pgq.current_event_table('q')", "Writing to queue disabled");
      session.run("set session_replication_role = replica");
      assertThat(session.text("select pgq.current_event_table('q')")).isEqualTo("pgq.event_1_0");
    }
  }

  /**
   * Events count that other functions wrote, or before a rotation; those that were undone do not.
   */
  @Test
  void countsTheEventsOfATransaction() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open()) {
      session.run(
          """
          create table t (id int primary key);
          select pgq_connect.add_table('q', 't');
          update pgq.queue set queue_per_tx_limit = 5, queue_rotation_period = '0'\
          """);
      session.run("begin; select pgq.insert_event('q', 'a', 'b'); insert into t values (1)");
      session.run("savepoint s; insert into t values (2), (3); rollback to s");
      other.run("select pgq.maint_rotate_tables_step1('q')");
      session.run("select pgq.insert_event('q', 'a', 'b'); insert into t values (2), (3)");
      session.run("savepoint s");
      String error = "Queue 'q' allows max 5 events from one TX";
      failsWith(session, "insert into t values (4)", error);
      session.run("rollback to s");
      failsWith(session, "select pgq.insert_event('q', 'a', 'b')", error);
      session.run("rollback to s; commit");
      assertThat(session.rows("select distinct tableoid::regclass from pgq.event_1")).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void tellsWhatMaintenanceIsDue(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(session.rows("select * from pgq.maint_operations()")).isEmpty();
      assertThat(session.rows("select * from pgq.maint_tables_to_vacuum()")).isEmpty();
      session.run(
          "update pgq.queue set queue_rotation_period = '0', queue_extra_maint = '{a.b,C.d}'");
      assertThat(session.rows("select * from pgq.maint_operations()"))
          .containsExactly(
              "pgq.maint_rotate_tables_step1|q",
              "pgq.maint_rotate_tables_step2|null",
              "a.b|q",
              "C.d|q");
      session.run(
          """
          create schema pgq_node; create schema londiste;
          create table pgq_node.node_info (queue_name text, node_type text);
          insert into pgq_node.node_info values ('q', 'root'), ('leaf', 'leaf');
          create function pgq_node.maint_watermark(text) returns int language sql as 'select 1';
          create function londiste.periodic_maintenance() returns int language sql as 'select 1'\
          """);
      assertThat(session.rows("select * from pgq.maint_operations()"))
          .as("cascaded queues and Londiste")
          .endsWith("C.d|q", "pgq_node.maint_watermark|q", "londiste.periodic_maintenance|null");
      session.run(
          """
          create table londiste.seq_info (queue_name text, local boolean);
          insert into londiste.seq_info values ('q', true), ('q', true), ('leaf', true), ('x', true), ('r', false);
          insert into pgq_node.node_info values ('r', 'root');
          create function londiste.root_check_seqs(in text, out ret_code int, out ret_note text) language sql
              as 'select 200, null::text'\
          """);
      assertThat(session.rows("select * from pgq.maint_operations()"))
          .endsWith(
              "pgq_node.maint_watermark|q",
              "pgq_node.maint_watermark|r",
              "londiste.root_check_seqs|q",
              "londiste.periodic_maintenance|null");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void hasTheSmallFunctions(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open("postgres")) {
      assertThat(session.rows("select pgq.version(), pgq.upgrade_schema()"))
          .containsExactly("3.5|0");
      assertThat(
              session.rows(
                  "select pgq.quote_fqname('a.b'), pgq.quote_fqname('Ab'),"
                      + " pgq.quote_fqname('a.b.C')"))
          .containsExactly("a.b|public.\"Ab\"|a.\"b.C\"");
      assertThat(
              session.rows(
                  "select pgq.seq_setval('pgq.event_1_id_seq', 9),"
                      + " pgq.seq_setval('pgq.event_1_id_seq', 5),"
                      + " pgq.seq_getval('pgq.event_1_id_seq')"))
          .containsExactly("9|9|9");
      assertThat(session.rows("select pgq.tune_storage('x')")).containsExactly("0");
      failsWith(session, "select pgq.grant_perms('x')", "Queue not found");
      assertThat(
              session.rows(
                  "select distinct reloptions::text from pg_class where relname ~ '^event_1_\\d$'"))
          .containsExactly("{fillfactor=100,autovacuum_enabled=off}");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void keepsStrangersOut(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession stranger = database.open("app")) {
      assertThat(stranger.text("select pgq.version()")).isEqualTo("3.5");
      assertThat(stranger.rows("select queue_name from pgq.get_queue_info()")).containsExactly("q");
      Stream.of(
              "select pgq.insert_event('q', 'a', 'b')",
              "select pgq.register_consumer('q', 'c')",
              "select pgq.ticker()",
              "select pgq.drop_queue('q')",
              "select * from pgq.event_1",
              "select * from pgq_connect.layout")
          .forEach(sql -> failsWith(stranger, sql, "permission denied"));
    }
  }

  private static void insertSomeEvents(TestSession session) {
    session.run("select pgq.insert_event('q', 't', 'd')");
    session.run("select pgq.insert_event('q', 't', 'd', '1', '2', '3', '4')");
    session.run(
        "select pgq.insert_event_raw('q', 77, null, null, null, 't', 'd', null, null, null, null)");
    session.run(
        "select pgq.insert_event_raw('q', null, null, null, null, 't', 'd', null, null, null,"
            + " null)");
  }

  private static void failsWith(TestSession session, String sql, String message) {
    assertThatThrownBy(() -> session.run(sql)).as(sql).hasMessageContaining(message);
  }
}
