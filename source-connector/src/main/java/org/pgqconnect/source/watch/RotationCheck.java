/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.source.history.LostHistory;
import org.pgqconnect.source.queue.QueueMissing;

/**
 * Finds out why a queue's rotation is overdue. PgQ empties its oldest event table when every
 * consumer is at a tick that sees past the last switch. A consumer that is behind keeps that from
 * happening, and so does any transaction older than the switch, in any database of the server,
 * because no tick sees past it. Standbys and replication slots do not matter here: they hold back
 * vacuum, not what snapshots see.
 *
 * @param queue the queue's name
 * @param consumer the connector's own consumer
 * @param grace how long a rotation may be overdue without a word, in which somebody runs the
 *     maintenance
 * @param embedded whether the connector runs the maintenance itself
 */
public record RotationCheck(String queue, String consumer, Duration grace, boolean embedded) {
  public RotationCheck {
    requireNonNull(queue, "queue");
    requireNonNull(consumer, "consumer");
    requireNonNull(grace, "grace");
  }

  private record Facts(
      long overdueMillis, long switched, long next, long bytes, String nextTable) {}

  /** Looks. */
  public RotationState look(Connection connection) throws SQLException {
    Facts facts = facts(connection);
    List<RotationBlocker> blockers =
        facts.overdueMillis > grace.toMillis() ? blockers(connection, facts) : List.of();
    return new RotationState(facts.bytes, pending(connection), blockers);
  }

  private Facts facts(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.STATE)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw QueueMissing.error(queue);
        }
        return new Facts(
            rows.getLong(1), rows.getLong(2), rows.getLong(3), rows.getLong(4), rows.getString(5));
      }
    }
  }

  private long pending(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.PENDING)) {
      statement.setString(1, queue);
      statement.setString(2, consumer);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Math.max(0, rows.getLong(1)) : 0;
      }
    }
  }

  private List<RotationBlocker> blockers(Connection connection, Facts facts) throws SQLException {
    if (facts.switched > facts.next) {
      throw LostHistory.error(
          queue,
          "its last rotation was made at transaction id %d, and the server is at %d only"
              .formatted(facts.switched, facts.next));
    }
    List<RotationBlocker> found = new ArrayList<>(consumers(connection));
    found.addAll(transactions(connection, facts.next - facts.switched));
    found.addAll(holders(connection, facts.nextTable));
    if (found.isEmpty()) {
      found.add(embedded ? RotationBlocker.unknown() : RotationBlocker.nobody());
    }
    return found;
  }

  private List<RotationBlocker> consumers(Connection connection) throws SQLException {
    List<RotationBlocker> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.CONSUMERS)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String name = rows.getString(1);
          found.add(
              name.equals(consumer)
                  ? RotationBlocker.own(name, rows.getLong(2), rows.getString(3), rows.getLong(5))
                  : RotationBlocker.consumer(
                      queue,
                      name,
                      rows.getLong(2),
                      rows.getString(3),
                      rows.getString(4),
                      rows.getLong(5)));
        }
      }
    }
    return found;
  }

  private List<RotationBlocker> transactions(Connection connection, long age) throws SQLException {
    List<RotationBlocker> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.TRANSACTIONS)) {
      statement.setString(1, queue);
      statement.setString(2, consumer);
      statement.setLong(3, age);
      found.addAll(sessions("the transaction", statement));
    }
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.PREPARED)) {
      statement.setLong(1, age);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(
              RotationBlocker.prepared(
                  rows.getString(1), rows.getString(2), rows.getString(3), rows.getString(4)));
        }
      }
    }
    return found;
  }

  private List<RotationBlocker> holders(Connection connection, String table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.HOLDERS)) {
      statement.setString(1, queue);
      statement.setString(2, consumer);
      statement.setString(3, table);
      return sessions("a lock on event table " + table, statement);
    }
  }

  private static List<RotationBlocker> sessions(String what, PreparedStatement statement)
      throws SQLException {
    List<RotationBlocker> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        RotationBlocker.Session session =
            new RotationBlocker.Session(
                rows.getInt(1),
                rows.getString(2),
                rows.getString(3),
                rows.getString(4),
                rows.getString(5),
                rows.getString(6));
        switch (rows.getString(7)) {
          case "reader":
            found.add(RotationBlocker.reader(what, session));
            break;
          case "connector":
            found.add(RotationBlocker.connector(what, session));
            break;
          default:
            found.add(RotationBlocker.session(what, session));
        }
      }
    }
    return found;
  }
}
