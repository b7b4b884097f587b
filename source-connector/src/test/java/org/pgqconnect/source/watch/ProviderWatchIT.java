/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.connect.Await;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.PgqSourceConfig;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.source.tick.Ticker;
import org.pgqconnect.time.NanoClock;

/** What is looked after beside the reader, which does nothing at all here, as when it is paused. */
class ProviderWatchIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static PgqSourceConfig config(String check) {
    Map<String, String> keys = new HashMap<>();
    keys.put("name", "own");
    keys.put("topic.prefix", "p");
    keys.put("queue.name", "q");
    keys.put("database.hostname", "unused");
    keys.put("database.dbname", "unused");
    keys.put("database.user", "unused");
    keys.put("capture.check", check);
    keys.put("capture.check.interval.ms", "200");
    keys.put("maintenance.interval.ms", "1000");
    return new PgqSourceConfig(keys);
  }

  private static ProviderWatch start(
      TestDatabase database, PgqSourceConfig config, TriggerWatch triggers) {
    ProviderWatch watch =
        new ProviderWatch(
            config.watch(),
            () -> database.open().connection(),
            triggers,
            () -> {},
            NanoClock.SYSTEM);
    watch.start();
    return watch;
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void rotationGoesOnWhileTheQueueIsIdleAndWhoBlocksItIsTold(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open();
        Ticker ticker =
            new Ticker(
                () -> database.open().connection(),
                new Ticker.Settings("q", true, Duration.ofMillis(200)),
                new TickSignal(NanoClock.SYSTEM),
                NanoClock.SYSTEM)) {
      admin.run("update pgq.queue set queue_rotation_period = '0'");
      session.run("select pgq.register_consumer('q', 'own')");
      ticker.start();
      TriggerWatch triggers = new TriggerWatch(config("warn").triggerWatch());
      try (ProviderWatch watch = start(database, config("warn"), triggers)) {
        // Nobody reads for this consumer: so is it when the connector is paused.
        Await.atMost(PATIENCE, "the paused consumer to be told of")
            .until(() -> watch.rotation().blocked());
        assertThat(watch.rotation().blockers().toString())
            .contains("this connector's own consumer \"own\"")
            .contains("paused");
        assertThat(watch.rotation().retainedBytes()).isPositive();
        String table = session.text("select queue_cur_table from pgq.queue");
        Await.atMost(PATIENCE, "rotation of an idle queue that is read")
            .every(Duration.ofMillis(50))
            .until(
                () -> {
                  String batch = session.text("select pgq.next_batch('q', 'own')");
                  if (batch != null) {
                    session.run("select pgq.finish_batch(" + batch + ")");
                  }
                  return !session.text("select queue_cur_table from pgq.queue").equals(table);
                });
        watch.throwFailure();
      }
    }
  }

  @Test
  void theRemedyOfATableThatWasDroppedLeadsOut() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key); create table u (id int primary key)");
      CaptureInstaller installer = new CaptureInstaller();
      TableId u = new TableId("public", "u");
      for (TableId table : new TableId[] {new TableId("public", "t"), u}) {
        installer.add(session.connection(), "q", table, CaptureOptions.defaults());
      }
      TriggerWatch triggers = new TriggerWatch(config("fail").triggerWatch());
      session.run("drop table u");
      assertThatThrownBy(() -> triggers.check(session.connection()))
          .isInstanceOf(StopException.class)
          .hasMessageMatching(
              "Table public.u of queue \"q\": TABLE_MISSING \\(it was dropped: no table has oid"
                  + " \\d+\\). Fix it: ./pgq-connect provider remove --host unused --port 5432"
                  + " --dbname unused --user unused --queue q public.u");
      session.run("alter table t disable trigger user");
      assertThatThrownBy(() -> triggers.check(session.connection()))
          .hasMessageContaining("--queue q public.u. Changes made meanwhile are not captured")
          .hasMessageEndingWith("--queue q public.t");
      session.run("alter table t enable trigger user");
      session.rows("select pgq_connect.forget_partitions('q', 'public', 't')");
      installer.remove(session.connection(), "q", u);
      triggers.check(session.connection());
    }
  }

  /** Somebody's lock delays neither the reader, who looks when it connects, nor the rotation. */
  @Test
  void doesNotWaitForALockedPartition() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession holder = database.open();
        TestSession session = database.open()) {
      session.run("create table p (id int primary key) partition by range (id)");
      session.run("create table p_a partition of p for values from (0) to (9)");
      new CaptureInstaller()
          .add(session.connection(), "q", new TableId("public", "p"), CaptureOptions.defaults());
      TriggerWatch triggers = new TriggerWatch(config("fail").triggerWatch());
      holder.run("begin; lock table p_a in access exclusive mode");
      session.run("set statement_timeout = '60s'");
      triggers.check(session.connection());
      assertThat(session.text("show lock_timeout")).isEqualTo("0");
      holder.run("commit; drop trigger \"00_pgq_connect_1_t\" on p");
      assertThatThrownBy(() -> triggers.check(session.connection()))
          .hasMessageContaining("TRIGGER_MISSING");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aTriggerThatGoesStopsTheTaskWhateverTheReaderDoes(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key); create table u (id int primary key)");
      for (String table : new String[] {"t", "u"}) {
        new CaptureInstaller()
            .add(
                session.connection(), "q", new TableId("public", table), CaptureOptions.defaults());
      }
      TriggerWatch triggers = new TriggerWatch(config("fail").triggerWatch());
      try (ProviderWatch watch = start(database, config("fail"), triggers)) {
        Await.atMost(PATIENCE, "the first look").until(() -> triggers.summary().captured() == 2);
        watch.throwFailure();
        // In one transaction, so that no look sees the one without the other.
        session.run("drop trigger \"00_pgq_connect_1_u\" on t; alter table u rename to v");
        Await.atMost(PATIENCE, "the loss to be noticed")
            .until(() -> triggers.summary().losing() == 2);
        Exception failure =
            Await.atMost(PATIENCE, "the failure")
                .until(
                    () -> {
                      try {
                        watch.throwFailure();
                        return null;
                      } catch (StopException e) {
                        return e;
                      }
                    },
                    // A look of two queries may have seen the one before the loss.
                    e -> e != null && e.getMessage().contains("RENAMED"));
        assertThat(failure)
            .hasMessageContaining(
                "Table public.t of queue \"q\": TRIGGER_MISSING (00_pgq_connect_u)")
            .hasMessageContaining("--queue q public.t")
            .hasMessageContaining(
                "Table public.u of queue \"q\": RENAMED (it is called public.v now)")
            .hasMessageContaining("--queue q public.v")
            .hasMessageContaining("--queue q public.t public.u");
        assertThat(triggers.summary().problems().toString()).contains("RENAMED");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aPartitionThatIsAttachedWithRowsIsTakenUp(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table p (id int primary key) partition by range (id)");
      new CaptureInstaller()
          .add(session.connection(), "q", new TableId("public", "p"), CaptureOptions.defaults());
      TriggerWatch triggers = new TriggerWatch(config("fail").triggerWatch());
      try (ProviderWatch watch = start(database, config("fail"), triggers)) {
        session.run("create table p_1 (id int primary key); insert into p_1 values (1)");
        session.run("alter table p attach partition p_1 for values from (1) to (10)");
        session.run("insert into p values (2)");
        Await.atMost(PATIENCE, "the row that was there before")
            .until(
                () -> {
                  watch.throwFailure();
                  return session.events("public.p");
                },
                events -> events.contains("c|(1)"));
        Await.atMost(PATIENCE, "no problem left")
            .until(() -> triggers.summary().problems().isEmpty());
        // All its rows are captured then, those that were captured before once more.
        assertThat(session.events("public.p")).containsOnly("c|(1)", "c|(2)");
        session.run("truncate p_1");
        assertThat(session.events("public.p")).contains("d|(1)", "d|(2)").doesNotContain("t|null");
        watch.throwFailure();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void itGoesOnAfterItsSessionWasEnded(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      session.run("create table t (id int primary key)");
      TriggerWatch triggers = new TriggerWatch(config("warn").triggerWatch());
      try (ProviderWatch watch = start(database, config("warn"), triggers)) {
        Await.atMost(PATIENCE, "the first look").until(() -> watch.rotation().retainedBytes() > 0);
        assertThat(
                admin.rows(
                    "select pg_terminate_backend(pid)::text from pg_stat_activity"
                        + " where datname = current_database() and backend_type = 'client backend'"
                        + " and pid not in (pg_backend_pid(), ?::int)",
                    session.text("select pg_backend_pid()")))
            .containsExactly("true");
        new CaptureInstaller()
            .add(session.connection(), "q", new TableId("public", "t"), CaptureOptions.defaults());
        Await.atMost(PATIENCE, "a later look").until(() -> triggers.summary().captured() == 1);
        watch.throwFailure();
      }
    }
  }
}
