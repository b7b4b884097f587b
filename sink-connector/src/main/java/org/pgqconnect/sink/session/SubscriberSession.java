/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.session;

import java.sql.Connection;
import java.sql.SQLException;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.install.SubscriberRights;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.store.PositionStore;
import org.pgqconnect.sink.store.RepeatedCopies;
import org.pgqconnect.sink.store.StatusReport;
import org.pgqconnect.sink.store.TableStateStore;
import org.pgqconnect.sink.write.BatchWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session on the subscriber and what works on it. After {@link #begin()} it is in manual commit
 * mode.
 *
 * @param replica foreign keys and ordinary triggers do not fire
 */
public record SubscriberSession(
    Session sql,
    boolean replica,
    PositionStore store,
    TableStateStore tables,
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
   * @param ownership the tables whose rows are written when the provider sends them
   */
  public static SubscriberSession open(Settings settings, Ownership ownership) throws SQLException {
    Connection connection =
        new Database(settings.connection()).open("pgq-connect sink " + settings.subscription());
    try {
      Session session = new Session(connection);
      configure(session, settings);
      boolean replica = SubscriberRights.becomeReplica(session);
      SubscriberRights.installIfMissing(session, settings.connection());
      LOG.info(
          "Opened a session on the subscriber [subscription={}, database={},"
              + " foreignKeysAndTriggers={}]",
          settings.subscription(),
          settings.connection(),
          replica ? "off" : "on: the role cannot set session_replication_role");
      BatchWriter writer = new BatchWriter(session, settings.subscription(), replica, ownership);
      writer.encoding().warning().ifPresent(LOG::warn);
      TableStateStore tables = new TableStateStore(session, settings.subscription());
      return new SubscriberSession(
          session,
          replica,
          new PositionStore(session, settings.subscription(), tables),
          tables,
          new RepeatedCopies(session, settings.subscription()),
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
      Session session = new Session(connection);
      session.execute(SessionSql.BRIEF_SETTINGS);
      TableStateStore tables = new TableStateStore(session, settings.subscription());
      new PositionStore(session, settings.subscription(), tables).report(report);
    }
  }

  private static void configure(Session session, Settings settings) throws SQLException {
    session.execute(
        SessionSql.SETTINGS,
        Integer.toString(settings.statementTimeoutMillis()),
        Integer.toString(settings.lockTimeoutMillis()),
        Integer.toString(settings.idleTimeoutMillis()),
        Integer.toString(settings.tcpUserTimeoutMillis()));
  }

  /** The connection that everything here works on. */
  public Connection connection() {
    return sql.connection();
  }

  /** Every further statement belongs to a transaction. */
  public void begin() throws SQLException {
    connection().setAutoCommit(false);
  }

  /** Gives the session up; what was not committed is undone. */
  public void close() {
    try {
      connection().close();
    } catch (SQLException e) {
      LOG.debug("Closing a broken session failed [error={}]", e.getMessage());
    }
  }
}
