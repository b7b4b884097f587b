/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.history.LostHistory;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Snapshot;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a queue's ticks while one session holds its ticker lock. Not thread safe. */
final class TickLoop {
  private static final Logger LOG = LoggerFactory.getLogger(TickLoop.class);

  private static final long PAUSED_MILLIS = 1000;
  private static final Duration REMINDER = Duration.ofMinutes(10);

  private final String name;
  private final Queue queue;
  private final QueueTicks ticks;
  private final TickerState state;
  private final TickSignal signal;
  private final Consumer<String> warnings;
  private final NanoClock clock;
  private final Interval heartbeat;
  private EndedTransactions ended;
  private long lastTick;

  /**
   * @param state what the sessions before left, and others read
   * @param warnings takes what the operator has to do something about
   */
  TickLoop(
      Session session,
      Ticker.Settings settings,
      TickerState state,
      TickSignal signal,
      Consumer<String> warnings,
      NanoClock clock)
      throws SQLException {
    this.name = settings.queue();
    this.queue = new Queue(session.connection(), name, "");
    this.ticks = new QueueTicks(session, name);
    this.state = requireNonNull(state, "state");
    this.signal = requireNonNull(signal, "signal");
    this.warnings = requireNonNull(warnings, "warnings");
    this.clock = requireNonNull(clock, "clock");
    this.heartbeat = new Interval(clock, settings.heartbeat());
  }

  /** Ticks until the ticker stops. */
  void run() throws SQLException, InterruptedException {
    if (ticks.isPaused()) {
      awaitUnpaused();
    }
    ticks.liftLimits();
    begin();
    while (!state.isStopping()) {
      state.rest(state.role() == TickerRole.STANDING_BY ? watchOther() : tickIfDue());
    }
  }

  /** Continues after the newest tick, whichever process made it. */
  private void begin() throws SQLException, InterruptedException {
    Optional<Tick> newest = queue.lastTick();
    String now = queue.snapshot();
    LostHistory.check(name, newest, now);
    if (newest.isPresent()) {
      ended = new EndedTransactions(Snapshot.parse(newest.get().snapshot()));
      lastTick = newest.get().id();
      signal.ticked(lastTick);
    } else {
      ended = new EndedTransactions(Snapshot.parse(now));
      makeTick();
    }
  }

  /** Answers true when something happened on the provider, or is about to. */
  private boolean tickIfDue() throws SQLException, InterruptedException {
    boolean due = due();
    boolean active = state.role() == TickerRole.ACTIVE;
    if (due && active) {
      makeTick();
    } else if (!due && active && heartbeat.isOver()) {
      makeTick();
      return false;
    }
    return due;
  }

  private boolean due() throws SQLException {
    Optional<List<Long>> candidates = ended.observe(Snapshot.parse(queue.snapshot()));
    return signal.takeRequest()
        || candidates.isEmpty()
        || !candidates.get().isEmpty() && wroteEvents(candidates.get());
  }

  /** Looks at what just ended: events ask for a tick; a tick is another ticker's. */
  private boolean wroteEvents(List<Long> transactions) throws SQLException {
    QueueTicks.Look look = ticks.look(transactions);
    if (look.newestTick() > lastTick) {
      noteForeign(Long.MAX_VALUE);
    }
    return look.wroteEvents();
  }

  private void makeTick() throws SQLException, InterruptedException {
    Optional<Long> made;
    try {
      made = ticks.make();
      if (made.isEmpty()) {
        // An operator gave the queue limits again.
        ticks.liftLimits();
        made = ticks.make();
      }
    } catch (SQLException e) {
      refused(e);
      return;
    }
    heartbeat.begin();
    if (made.isEmpty()) {
      tellTickAhead();
      return;
    }
    state.tickMade();
    if (made.get() > lastTick + 1) {
      noteForeign(made.get());
    }
    lastTick = made.get();
    signal.ticked(lastTick);
  }

  /**
   * A tick that is refused without limits: PgQ takes the last tick's age for negative, since the
   * clock was set back. New events are ticked all the same. Reported once for each such tick.
   */
  private void tellTickAhead() throws SQLException {
    if (!state.isNewAhead(lastTick)) {
      return;
    }
    Optional<String> ahead = ticks.ahead();
    if (ahead.isPresent()) {
      state.toldAhead(lastTick);
      warnings.accept(ahead.get());
    }
  }

  /** What {@code pgq.ticker} refuses for a reason of the queue's is reported, or waited for. */
  private void refused(SQLException failure) throws SQLException, InterruptedException {
    if (SqlState.verdict(failure) == SqlState.Verdict.RETRY) {
      throw failure;
    }
    if (String.valueOf(failure.getMessage()).contains("Invalid PgQ state")) {
      throw LostHistory.error(name, failure.getMessage());
    }
    if (!ticks.isPaused()) {
      throw failure;
    }
    awaitUnpaused();
    begin();
  }

  private void awaitUnpaused() throws SQLException, InterruptedException {
    state.become(TickerRole.PAUSED);
    Interval reminder = Interval.over(clock, REMINDER);
    do {
      if (reminder.isOver()) {
        reminder.begin();
        LOG.warn(
            "Ticking of queue \"{}\" is paused (queue_ticker_paused): nothing is published until it"
                + " is resumed: select pgq.set_queue_config({}, 'ticker_paused', 'false')",
            name,
            Identifiers.literal(name));
      }
      signal.takeRequest();
      signal.rest(PAUSED_MILLIS);
    } while (!state.isStopping() && ticks.isPaused());
    state.become(TickerRole.ACTIVE);
    LOG.info("Ticking continues [queue={}]", name);
  }

  /** Ticks between the last known one and {@code below} that this ticker did not make. */
  private void noteForeign(long below) throws SQLException {
    QueueTicks.Ticks others = ticks.between(lastTick, below);
    if (others.count() == 0) {
      return;
    }
    lastTick = others.newest();
    signal.ticked(lastTick);
    if (state.foreign().seen(others.count())) {
      state.become(TickerRole.STANDING_BY);
      LOG.info(
          "Another process ticks the queue: standing by [queue={}, by={}]",
          name,
          ticks.otherTicker());
    }
  }

  private boolean watchOther() throws SQLException, InterruptedException {
    long before = lastTick;
    noteForeign(Long.MAX_VALUE);
    if (lastTick > before) {
      return true;
    }
    long quiet = state.foreign().quietMillis();
    if (!state.foreign().ended()) {
      return false;
    }
    LOG.info("The other ticker has made no tick for {} ms: ticking again [queue={}]", quiet, name);
    state.become(TickerRole.ACTIVE);
    begin();
    makeTick();
    return true;
  }
}
