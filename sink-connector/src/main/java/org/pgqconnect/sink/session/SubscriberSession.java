/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.session;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.sink.install.SubscriberRights;
import org.pgqconnect.sink.settle.BatchWriter;
import org.pgqconnect.sink.tables.PositionStore;
import org.pgqconnect.sink.tables.RepeatedCopies;
import org.pgqconnect.sink.tables.StatusReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session on the subscriber and what works on it. After {@link #begin()} it is in manual commit
 * mode.
 *
 * @param replica foreign keys and ordinary triggers do not fire
 */
public record SubscriberSession(
    Connection connection,
    boolean replica,
    PositionStore store,
    RepeatedCopies repeatedCopies,
    BatchWriter writer) {
  private static final Logger LOG = LoggerFactory.getLogger(SubscriberSession.class);

  /**
   * Where the subscriber is, for which subscription, and how long the server waits. All times are
   * in milliseconds; 0 is for ever, of the last the operating system's default.
   */
  public record Settings(
      ConnectionConfig connection,
      String subscription,
      int statementTimeoutMillis,
      int lockTimeoutMillis,
      int idleTimeoutMillis,
      int tcpUserTimeoutMillis) {}

  /**
   * Opens a session, and creates schema pgq_connect where it is missing.
   *
   * @param mayBeReplicated the tables whose rows are written when the provider sends them
   * @param isReplicated those of them of which it was heard
   */
  public static SubscriberSession open(
      Settings settings, Predicate<TableId> mayBeReplicated, Predicate<TableId> isReplicated)
      throws SQLException {
    Connection connection =
        new Database(settings.connection()).open("pgq-connect sink " + settings.subscription());
    try {
      configure(connection, settings);
      boolean replica = SubscriberRights.becomeReplica(connection);
      SubscriberRights.installIfMissing(connection, settings.connection());
      LOG.info(
          "Opened a session on the subscriber [subscription={}, database={}, foreignKeysAndTriggers={}]",
          settings.subscription(),
          settings.connection(),
          replica ? "off" : "on: the role may not set session_replication_role");
      BatchWriter writer =
          new BatchWriter(
              connection, settings.subscription(), replica, mayBeReplicated, isReplicated);
      writer.encoding().warning().ifPresent(LOG::warn);
      return new SubscriberSession(
          connection,
          replica,
          new PositionStore(connection, settings.subscription()),
          new RepeatedCopies(connection, settings.subscription()),
          writer);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Stores what {@code status} shows by a session that is opened for it. */
  public static void report(Settings settings, StatusReport report) throws SQLException {
    try (Connection connection =
        new Database(settings.connection())
            .open("pgq-connect sink " + settings.subscription() + " status")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(SessionSql.BRIEF_SETTINGS);
      }
      new PositionStore(connection, settings.subscription())
          .report(report.waitingFor(), report.waitedMillis(), report.notApplied());
    }
  }

  private static void configure(Connection connection, Settings settings) throws SQLException {
    try (PreparedStatement set = connection.prepareStatement(SessionSql.SETTINGS)) {
      set.setString(1, Integer.toString(settings.statementTimeoutMillis()));
      set.setString(2, Integer.toString(settings.lockTimeoutMillis()));
      set.setString(3, Integer.toString(settings.idleTimeoutMillis()));
      set.setString(4, Integer.toString(settings.tcpUserTimeoutMillis()));
      set.execute();
    }
  }

  /** Every further statement belongs to a transaction. */
  public void begin() throws SQLException {
    connection.setAutoCommit(false);
  }

  /** Gives the session up; what was not committed is undone. */
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("Closing a broken session failed [error={}]", e.getMessage());
    }
  }
}
