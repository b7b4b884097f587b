/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.apply.BatchWriter;
import org.pgqconnect.sink.position.PositionStore;
import org.pgqconnect.sink.position.RepeatedCopies;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session on the subscriber and what works on it. After {@link #begin()} it is in manual commit
 * mode.
 *
 * @param replica foreign keys and ordinary triggers do not fire
 */
record SubscriberSession(
    Connection connection,
    boolean replica,
    PositionStore store,
    RepeatedCopies repeatedCopies,
    BatchWriter writer) {
  private static final Logger LOG = LoggerFactory.getLogger(SubscriberSession.class);

  /**
   * Opens a session, and creates schema pgq_connect where it is missing.
   *
   * @param mayBeReplicated the tables whose rows are written when the provider sends them
   * @param isReplicated those of them of which it was heard
   */
  static SubscriberSession open(
      PgqSinkConfig config, Predicate<TableId> mayBeReplicated, Predicate<TableId> isReplicated)
      throws SQLException {
    Connection connection =
        new Database(config.connection()).open("pgq-connect sink " + config.subscription());
    try {
      configure(connection, config);
      boolean replica = becomeReplica(connection);
      SubscriberRights.installIfMissing(connection, config);
      LOG.info(
          "Opened a session on the subscriber [subscription={}, database={}, foreignKeysAndTriggers={}]",
          config.subscription(),
          config.connection(),
          replica ? "off" : "on: the role may not set session_replication_role");
      BatchWriter writer =
          new BatchWriter(
              connection, config.subscription(), replica, mayBeReplicated, isReplicated);
      writer.encoding().warning().ifPresent(LOG::warn);
      return new SubscriberSession(
          connection,
          replica,
          new PositionStore(connection, config.subscription()),
          new RepeatedCopies(connection, config.subscription()),
          writer);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Stores what {@code status} shows by a session that is opened for it. */
  static void report(PgqSinkConfig config, WaitWatch.Report report) throws SQLException {
    try (Connection connection =
        new Database(config.connection())
            .open("pgq-connect sink " + config.subscription() + " status")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(SessionSql.BRIEF_SETTINGS);
      }
      new PositionStore(connection, config.subscription())
          .report(report.waitingFor(), report.waitedMillis(), report.notApplied());
    }
  }

  private static void configure(Connection connection, PgqSinkConfig config) throws SQLException {
    try (PreparedStatement set = connection.prepareStatement(SessionSql.SETTINGS)) {
      set.setString(1, Integer.toString(config.statementTimeoutMillis()));
      set.setString(2, Integer.toString(config.lockTimeoutMillis()));
      set.setString(3, Integer.toString(config.idleTimeoutMillis()));
      set.setString(4, Integer.toString(config.tcpUserTimeoutMillis()));
      set.execute();
    }
  }

  static boolean becomeReplica(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(SessionSql.BECOME_REPLICA);
      return true;
    } catch (SQLException e) {
      if (SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        return false;
      }
      throw e;
    }
  }

  /** Every further statement belongs to a transaction. */
  void begin() throws SQLException {
    connection.setAutoCommit(false);
  }

  /** Gives the session up; what was not committed is undone. */
  void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("Closing a broken session failed [error={}]", e.getMessage());
    }
  }
}
