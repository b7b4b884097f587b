/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.pgqconnect.failure.Printed.statement;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.londiste.PgqDaemon;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** Who ticks a queue when more than one would. */
class TickerIT {
  private static final String LAST = "select max(tick_id) from pgq.tick";

  private final TickSignal signal = new TickSignal(NanoClock.SYSTEM);

  private Ticker start(TestDatabase database, Duration heartbeat) {
    return start(database, heartbeat, signal);
  }

  private static Ticker start(TestDatabase database, Duration heartbeat, TickSignal to) {
    Ticker ticker =
        new Ticker(
            () -> database.open().connection(),
            new Ticker.Settings("q", true, heartbeat),
            to,
            NanoClock.SYSTEM);
    ticker.start();
    return ticker;
  }

  private static void awaitRole(Ticker ticker, TickerRole role) {
    Await.atMost(Duration.ofSeconds(30), "the ticker to be " + role)
        .every(Duration.ofMillis(10))
        .until(() -> ticker.role() == role);
  }

  /** A tick is counted after its commit, so a look at the table may see it first. */
  private static void awaitTicksMade(Ticker ticker, long before) {
    Await.atMost(Duration.ofSeconds(10), "a tick of its own to be counted")
        .every(Duration.ofMillis(10))
        .until(() -> ticker.ticksMade() > before);
  }

  private static long lastTick(TestSession session) {
    String last = session.text(LAST);
    return last == null ? 0 : Long.parseLong(last);
  }

  /** Writes an event and waits until a tick covers it. */
  private static void eventIsTicked(TestSession session) {
    String id = session.text("select pgq.insert_event('q', 'a', 'b')");
    Await.atMost(Duration.ofSeconds(30), "a tick for event " + id)
        .every(Duration.ofMillis(10))
        .until(
            () ->
                session.text("select max(tick_event_seq) from pgq.tick") != null
                    && Long.parseLong(session.text("select max(tick_event_seq) from pgq.tick"))
                        >= Long.parseLong(id));
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void pgqdIsStartedAndKilled(TestServer server) throws Exception {
    PgqDaemon.unavailable().ifPresent(reason -> assumeTrue(false, "skipped: " + reason));
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        Ticker ticker = start(database, Duration.ofMinutes(1))) {
      awaitRole(ticker, TickerRole.ACTIVE);
      eventIsTicked(session);
      long made;
      try (PgqDaemon pgqd = database.startPgqd()) {
        awaitRole(ticker, TickerRole.STANDING_BY);
        made = ticker.ticksMade();
        long before = lastTick(session);
        Await.atMost(Duration.ofSeconds(30), "pgqd's ticks")
            .until(() -> signal.newestTick() > before + 2);
        eventIsTicked(session);
        assertThat(ticker.role()).isEqualTo(TickerRole.STANDING_BY);
        assertThat(ticker.ticksMade()).as("ticks made while pgqd ticks").isEqualTo(made);
        assertThat(pgqd.isRunning()).as(pgqd.describeLog()).isTrue();
      }
      long killed = System.nanoTime();
      eventIsTicked(session);
      awaitTicksMade(ticker, made);
      assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(30));
      assertThat(ticker.role()).isEqualTo(TickerRole.ACTIVE);
    }
  }

  @Test
  void aSingleTickOfSomebodyElseIsNoReasonToStop() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        Ticker ticker = start(database, Duration.ofMillis(100))) {
      awaitRole(ticker, TickerRole.ACTIVE);
      eventIsTicked(session);
      long foreign = Long.parseLong(session.text("select pgq.ticker('q')"));
      Await.atMost(Duration.ofSeconds(30), "two ticks after that")
          .until(() -> signal.newestTick() >= foreign + 2);
      assertThat(ticker.role()).isEqualTo(TickerRole.ACTIVE);
    }
  }

  @Test
  void theSecondConnectorTakesOver() {
    TickSignal second = new TickSignal(NanoClock.SYSTEM);
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      Ticker first = start(database, Duration.ofSeconds(10));
      awaitRole(first, TickerRole.ACTIVE);
      try (Ticker ticker = start(database, Duration.ofSeconds(10), second)) {
        awaitRole(ticker, TickerRole.WAITING);
        eventIsTicked(session);
        Await.atMost(Duration.ofSeconds(30), "the waiting one to hear of the tick")
            .until(() -> second.newestTick() == lastTick(session));
        assertThat(ticker.ticksMade()).isZero();
        assertThat(first.role()).isEqualTo(TickerRole.ACTIVE);
        first.close();
        eventIsTicked(session);
        awaitTicksMade(ticker, 0);
        assertThat(ticker.role()).isEqualTo(TickerRole.ACTIVE);
      } finally {
        first.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void waitsWhileTickingIsPaused(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        Ticker ticker = start(database, Duration.ofSeconds(10))) {
      awaitRole(ticker, TickerRole.ACTIVE);
      eventIsTicked(session);
      session.run("select pgq.set_queue_config('q', 'ticker_paused', 'true')");
      awaitRole(ticker, TickerRole.PAUSED);
      long last = lastTick(session);
      session.run("select pgq.insert_event('q', 'a', 'waits')");
      assertThat(signal.await(last, 50)).as("no failure, and no tick").isFalse();
      assertThat(lastTick(session)).isEqualTo(last);
      session.run("select pgq.set_queue_config('q', 'ticker_paused', 'false')");
      awaitRole(ticker, TickerRole.ACTIVE);
      Await.atMost(Duration.ofSeconds(30), "a tick").until(() -> lastTick(session) > last);
      eventIsTicked(session);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void saysThatTicksComeFromOutsideAlsoWhileItRuns(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        Ticker ticker = start(database, Duration.ofMillis(100))) {
      awaitRole(ticker, TickerRole.ACTIVE);
      session.run("select pgq.set_queue_config('q', 'external_ticker', 'true')");
      assertThatThrownBy(() -> signal.await(Long.MAX_VALUE, 10_000))
          .hasMessageContaining("Queue \"q\" takes its ticks from outside (queue_external_ticker)")
          .hasMessageContaining("Set ticker=external")
          .satisfies(e -> session.run(statement(e.getMessage(), "or: (select .*)")));
      assertThat(session.text("select queue_external_ticker from pgq.queue")).isEqualTo("f");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void limitsThatSomebodyPutBackAreLifted(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        Ticker ticker = start(database, Duration.ofMinutes(10))) {
      awaitRole(ticker, TickerRole.ACTIVE);
      eventIsTicked(session);
      session.run(
          "select pgq.set_queue_config('q', 'ticker_max_count', '500'),"
              + " pgq.set_queue_config('q', 'ticker_max_lag', '1 hour'),"
              + " pgq.set_queue_config('q', 'ticker_idle_period', '1 hour')");
      eventIsTicked(session);
      assertThat(session.text("select queue_ticker_max_count from pgq.queue")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void ticksOfTheFutureAreSaidToBeLostHistory(TestServer server) throws SQLException {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      session.run("select pgq.ticker('q')");
      admin.run(
          "update pgq.tick set tick_snapshot = '8589935592:8589935592:' where tick_queue = 1");
      try (Ticker ticker = start(database, Duration.ofMillis(100))) {
        assertThatThrownBy(() -> signal.await(Long.MAX_VALUE, 10_000))
            .hasMessageContaining("was made at transaction id 8589935592")
            .hasMessageContaining("provider repair-ticks --queue q --confirm");
        assertThat(ticker.ticksMade()).isZero();
      }
    }
  }

  @Test
  void aHistoryLostUnderARunningTickerIsSaidToo() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        Ticker ticker = start(database, Duration.ofMillis(100))) {
      awaitRole(ticker, TickerRole.ACTIVE);
      // The ticker takes the queue's row, so no tick is made that the update does not see.
      admin.run("begin; select 1 from pgq.queue where queue_name = 'q' for update");
      admin.run(
          "update pgq.tick set tick_snapshot = '8589935592:8589935592:' where tick_queue = 1;"
              + " commit");
      assertThatThrownBy(() -> signal.await(Long.MAX_VALUE, 10_000))
          .hasMessageContaining("restored into a server with smaller transaction ids")
          .hasMessageContaining("provider repair-ticks --queue q --confirm");
    }
  }

  /** The provider's clock was set back; what the warning says ends it. */
  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aTickOfTheFutureIsToldOnceAndTheRemedyEndsIt(TestServer server) throws Exception {
    List<String> warnings = new CopyOnWriteArrayList<>();
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      session.run("select pgq.ticker('q')");
      session.run("select pgq.insert_event('q', 'a', 'b')");
      session.run("select pgq.ticker('q')");
      TestSession late = database.open();
      late.run("begin; select pgq.insert_event('q', 'a', 'late')");
      session.run("select pgq.force_tick('q'), pgq.ticker('q')");
      admin.run(
          "update pgq.tick set tick_time = now() + interval '1 hour' where tick_id = (select"
              + " max(tick_id) from pgq.tick)");
      try (Ticker ticker =
          new Ticker(
              () -> database.open().connection(),
              new Ticker.Settings("q", true, Duration.ofMillis(50)),
              signal,
              warnings::add,
              NanoClock.SYSTEM)) {
        ticker.start();
        long last = lastTick(session);
        awaitRole(ticker, TickerRole.ACTIVE);
        late.run("commit");
        late.close();
        Await.atMost(Duration.ofSeconds(30), "the warning").until(() -> !warnings.isEmpty());
        assertThat(signal.await(last, 1000))
            .as("a heartbeat, or a tick for the late event")
            .isFalse();
        assertThat(warnings)
            .as("told once, not at every heartbeat")
            .singleElement()
            .asString()
            .matches(
                "The last tick of queue \"q\" lies 3[56]\\d\\d s in the future: it was made at"
                    + " [^,]+, and .*")
            .contains("The clock was set back")
            .contains("an event whose transaction ended late waits");
        String remedy = warnings.get(0).substring(warnings.get(0).indexOf("select nextval"));
        assertThat(remedy).endsWith("from pgq.queue where queue_name = 'q'");
        (server == TestServer.PGQ_EXTENSION ? admin : session).run(remedy);
        assertThat(signal.await(last, 10_000)).as("a tick").isTrue();
        assertThat(signal.await(last + 3, 10_000)).as("heartbeats again").isTrue();
        assertThat(warnings).hasSize(1);
      }
    }
  }
}
