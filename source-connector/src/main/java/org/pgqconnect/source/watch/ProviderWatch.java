/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.SessionThread;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.session.SessionSettings;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cares for the provider beside the reader, on a thread and in a session of its own, so that
 * neither a long batch nor a paused connector puts it off: runs PgQ's maintenance, and looks
 * whether rotation continues and whether the triggers are still there.
 */
public final class ProviderWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderWatch.class);

  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /**
   * What waits for a lock of another session is tried again in the next round; the rest continues.
   */
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(3);

  /**
   * What is watched, and how often.
   *
   * @param consumer the consumer's name in PgQ
   * @param embeddedTicker whether the task makes the ticks, and so runs PgQ's maintenance
   * @param maintenance the time between two rounds of maintenance
   * @param captureCheckInterval the time between two looks at the triggers
   * @param remedy the commands that its reports name
   */
  public record Settings(
      String queue,
      String consumer,
      boolean embeddedTicker,
      Duration maintenance,
      Duration captureCheckInterval,
      Remedy remedy) {}

  private final Settings settings;
  private final TriggerWatch triggers;
  private final Runnable everyRound;
  private final RotationCheck rotation;
  private final RotationReport report;
  private final Maintenance maintenance;
  private final WatchTimes times;
  private final SessionThread thread;

  private Duration retry = Duration.ZERO;
  private volatile Exception failure;
  private volatile RotationState seen = RotationState.unknown();

  /**
   * @param opener opens a session on the provider
   * @param everyRound what else is to be looked after now and then, at least once a minute
   */
  public ProviderWatch(
      Settings settings,
      Callable<Connection> opener,
      TriggerWatch triggers,
      Runnable everyRound,
      NanoClock clock) {
    this.settings = requireNonNull(settings, "settings");
    this.triggers = requireNonNull(triggers, "triggers");
    this.everyRound = requireNonNull(everyRound, "everyRound");
    this.rotation =
        new RotationCheck(
            settings.queue(),
            settings.consumer(),
            settings.maintenance().multipliedBy(2),
            settings.embeddedTicker());
    this.report = new RotationReport(settings.queue(), clock);
    this.maintenance = new Maintenance(settings.queue());
    this.times = new WatchTimes(clock, settings.captureCheckInterval(), settings.maintenance());
    this.thread =
        new SessionThread(
            "pgq-watch-" + settings.queue(), opener, this::watch, this::failed, PATIENCE);
  }

  /** What the last check of the queue's rotation found. Safe to ask from any thread. */
  public RotationState rotation() {
    return seen;
  }

  public void start() {
    thread.start();
  }

  /**
   * Reports to the reader what must stop the task, once.
   *
   * @throws Exception what was found
   */
  public void throwFailure() throws Exception {
    Exception found = failure;
    if (found != null) {
      failure = null;
      throw found;
    }
  }

  private void watch(Connection opened) throws SQLException, InterruptedException {
    while (!thread.isStopping()) {
      round(opened);
      retry = Duration.ZERO;
      thread.pause(times.untilNext());
    }
  }

  /** Answers how long to wait before the provider is watched again. */
  private Duration failed(Throwable cause) {
    if (cause instanceof SQLException && SqlState.verdict(cause) == SqlState.Verdict.RETRY) {
      // The reader says so too, if it is more than this one session.
      LOG.debug("Watching the provider is interrupted [queue={}]", settings.queue(), cause);
    } else if (cause instanceof Exception found) {
      failure = found;
    } else {
      // An Error: otherwise watching would end without a message.
      failure = new StopException("Watching the provider failed: " + cause, cause);
    }
    Duration longer = retry.isZero() ? FIRST_RETRY : retry.multipliedBy(2);
    retry = longer.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : longer;
    return retry;
  }

  private void round(Connection opened) throws SQLException {
    everyRound.run();
    if (times.isCheckDue()) {
      triggers.check(opened);
    }
    if (times.isMaintenanceDue()) {
      maintain(opened);
    }
  }

  private void maintain(Connection opened) throws SQLException {
    if (settings.embeddedTicker()) {
      SessionSettings.limitLockWaits(opened, LOCK_TIMEOUT);
      maintenance.run(opened);
    }
    RotationState state = rotation.look(opened).completedBy(settings.remedy());
    seen = state;
    report.warnings(state).forEach(LOG::warn);
    if (report.ended(state)) {
      LOG.info(
          "Rotation continues [queue={}, size={}]",
          settings.queue(),
          RotationReport.size(state.retainedBytes()));
    }
  }

  /** Stops watching and ends the session. */
  @Override
  public void close() {
    thread.close();
  }
}
