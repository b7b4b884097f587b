/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.metrics.SourceMetrics;
import org.pgqconnect.source.publish.PublishSummary;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.source.tick.Ticker;
import org.pgqconnect.source.watch.ProviderWatch;
import org.pgqconnect.source.watch.RotationState;
import org.pgqconnect.source.watch.TriggerWatch;
import org.pgqconnect.time.Clocks;

/** What runs beside the publishing: the ticker, the watch over the provider, and metrics. */
final class BackgroundWork implements AutoCloseable {
  private final PgqSourceConfig config;
  private final Clocks clocks;
  private final Database database;
  private final Ticker ticker;
  private final TriggerWatch triggers;
  private final SourceMetrics metrics;
  private volatile ProviderWatch watch;

  /** Registers the metrics; nothing else runs yet. */
  BackgroundWork(
      PgqSourceConfig config,
      Database database,
      TickSignal signal,
      PublishSummary summary,
      Clocks clocks) {
    this.config = requireNonNull(config, "config");
    this.clocks = requireNonNull(clocks, "clocks");
    this.database = requireNonNull(database, "database");
    this.ticker =
        new Ticker(
            () -> database.open("pgq-connect ticker " + config.connectorName()),
            new Ticker.Settings(config.queue(), config.embeddedTicker(), config.heartbeat()),
            signal,
            clocks.nano());
    this.triggers = new TriggerWatch(config.triggerWatch());
    this.metrics =
        new SourceMetrics(
            config.connectorName(),
            config.queue(),
            ticker::role,
            ticker::ticksMade,
            signal::newestTick,
            signal::millisSinceTick,
            summary::total,
            this::rotation,
            triggers::summary,
            clocks.wall());
    metrics.register();
  }

  private RotationState rotation() {
    ProviderWatch open = watch;
    return open == null ? RotationState.unknown() : open.rotation();
  }

  /**
   * A session begins: looks at the tables' triggers, and starts what does not run yet.
   *
   * @param everyRound what else the watch looks after now and then
   */
  void sessionBegins(Connection connection, Runnable everyRound) throws SQLException {
    triggers.check(connection);
    if (watch == null) {
      ticker.start();
      watch =
          new ProviderWatch(
              config.watch(),
              () -> database.open("pgq-connect watch " + config.connectorName()),
              triggers,
              everyRound,
              clocks.nano());
      watch.start();
    }
  }

  /**
   * Throws what the watch found that must stop the task, once.
   *
   * @throws Exception what was found
   */
  void throwFailure() throws Exception {
    watch.throwFailure();
  }

  /** Looks at the tables' triggers now. */
  void checkTriggers(Connection connection) throws SQLException {
    triggers.check(connection);
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
    ticker.close();
    metrics.close();
  }
}
