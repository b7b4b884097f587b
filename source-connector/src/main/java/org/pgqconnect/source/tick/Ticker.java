/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SessionThread;
import org.pgqconnect.source.lock.AdvisoryLock;
import org.pgqconnect.source.lock.LockHolder;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the ticks of one queue: one as soon as a transaction that wrote an event has ended, and one
 * a heartbeat. Costs the writers nothing: it looks at snapshots, no NOTIFY is sent.
 *
 * <p>Runs on a thread of its own, so that a reader that is busy with a long batch does not make the
 * next one longer. Waits while another connector's ticker holds the queue's ticker lock, stands by
 * while something else makes ticks, and waits while ticking is paused.
 */
public final class Ticker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration LOCK_RETRY = Duration.ofSeconds(2);
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final Settings settings;
  private final TickSignal signal;
  private final Consumer<String> warnings;
  private final NanoClock clock;
  private final TickerState state;
  private final SessionThread thread;

  private String lockHolder = "";

  /**
   * How to tick.
   *
   * @param embedded true to make ticks, false only to watch for those that something else makes
   * @param heartbeat the longest time between two ticks
   */
  public record Settings(String queue, boolean embedded, Duration heartbeat) {
    public Settings {
      requireNonNull(queue, "queue");
      requireNonNull(heartbeat, "heartbeat");
    }
  }

  /**
   * @param opener opens a session on the provider
   */
  public Ticker(
      Callable<Connection> opener, Settings settings, TickSignal signal, NanoClock clock) {
    this(opener, settings, signal, LOG::warn, clock);
  }

  Ticker(
      Callable<Connection> opener,
      Settings settings,
      TickSignal signal,
      Consumer<String> warnings,
      NanoClock clock) {
    this.settings = requireNonNull(settings, "settings");
    this.signal = requireNonNull(signal, "signal");
    this.warnings = requireNonNull(warnings, "warnings");
    this.clock = requireNonNull(clock, "clock");
    this.state = new TickerState(signal, clock);
    this.thread =
        new SessionThread(
            "pgq-ticker-" + settings.queue(), opener, this::session, this::failed, PATIENCE);
  }

  /** Starts ticking. */
  public void start() {
    thread.start();
  }

  /** What it does at the moment. */
  public TickerRole role() {
    return state.role();
  }

  /** How many ticks it made. */
  public long ticksMade() {
    return state.ticksMade();
  }

  private void session(Connection opened) throws SQLException, InterruptedException {
    try {
      work(opened);
    } finally {
      state.become(TickerRole.STARTING);
    }
  }

  private Duration failed(Throwable failure) {
    if (failure instanceof Exception e) {
      signal.failed(e);
      signal.takeRequest();
    } else {
      // An Error: it ends the task, which would seem to run while nothing is ticked.
      signal.ended(settings.queue(), failure);
    }
    return RETRY;
  }

  private void work(Connection opened) throws SQLException, InterruptedException {
    if (!settings.embedded()) {
      state.become(TickerRole.EXTERNAL);
      watch(opened, FOREVER);
    } else if (awaitLock(opened)) {
      state.become(TickerRole.ACTIVE);
      LOG.info("Ticking queue [queue={}, heartbeat={}]", settings.queue(), settings.heartbeat());
      new TickLoop(new Session(opened), settings, state, signal, warnings, clock).run();
    }
  }

  /** Waits for the lock that keeps two connectors from ticking one queue. */
  private boolean awaitLock(Connection opened) throws SQLException, InterruptedException {
    while (!state.isStopping()) {
      Optional<String> holder =
          AdvisoryLock.ticker(settings.queue()).tryTake(opened).map(LockHolder::description);
      if (holder.isEmpty()) {
        lockHolder = "";
        return true;
      }
      state.become(TickerRole.WAITING);
      if (!holder.get().equals(lockHolder)) {
        lockHolder = holder.get();
        LOG.info(
            "Queue is ticked by another connector [queue={}, by={}]", settings.queue(), lockHolder);
      }
      watch(opened, LOCK_RETRY);
    }
    return false;
  }

  /** Looks for ticks that something else makes, for some time. */
  private void watch(Connection opened, Duration howLong)
      throws SQLException, InterruptedException {
    Queue queue = new Queue(opened, settings.queue(), "");
    Interval watching = new Interval(clock, howLong);
    while (!state.isStopping() && !watching.isOver()) {
      Optional<Tick> last = queue.lastTick();
      state.rest(last.isPresent() && signal.ticked(last.get().id()));
    }
  }

  /** Stops ticking and ends the session. */
  @Override
  public void close() {
    state.stop();
    thread.close();
  }
}
