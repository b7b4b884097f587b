/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.history.LostHistory;
import org.pgqconnect.source.lock.AdvisoryLock;
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
 * @param grace how long a rotation may be overdue without a warning, in which a program runs the
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
    Session session = new Session(connection);
    Facts facts = facts(session);
    List<RotationBlocker> blockers =
        facts.overdueMillis > grace.toMillis() ? blockers(session, facts) : List.of();
    return new RotationState(facts.bytes, pending(session), blockers);
  }

  private Facts facts(Session session) throws SQLException {
    return session
        .first(
            RotationSql.STATE,
            row ->
                new Facts(
                    row.getLong(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getString(5)),
            queue)
        .orElseThrow(() -> QueueMissing.error(queue));
  }

  private long pending(Session session) throws SQLException {
    return session
        .first(RotationSql.PENDING, row -> Math.max(0, row.getLong(1)), queue, consumer)
        .orElse(0L);
  }

  private List<RotationBlocker> blockers(Session session, Facts facts) throws SQLException {
    if (facts.switched > facts.next) {
      throw LostHistory.error(
          queue,
          "its last rotation was made at transaction id %d, and the server is at %d only"
              .formatted(facts.switched, facts.next));
    }
    List<RotationBlocker> found = new ArrayList<>(consumers(session));
    found.addAll(transactions(session, facts.next - facts.switched));
    found.addAll(holders(session, facts.nextTable));
    if (found.isEmpty()) {
      found.add(embedded ? RotationBlocker.unknown() : RotationBlocker.none());
    }
    return found;
  }

  private AdvisoryLock reader() {
    return AdvisoryLock.reader(queue, consumer);
  }

  private List<RotationBlocker> consumers(Session session) throws SQLException {
    return session.list(
        RotationSql.CONSUMERS,
        row -> {
          String name = row.getString(1);
          return name.equals(consumer)
              ? RotationBlocker.own(name, row.getLong(2), row.getString(3), row.getLong(5))
              : RotationBlocker.consumer(
                  queue, name, row.getLong(2), row.getString(3), row.getString(4), row.getLong(5));
        },
        queue);
  }

  private List<RotationBlocker> transactions(Session session, long age) throws SQLException {
    List<RotationBlocker> found =
        new ArrayList<>(
            session.list(
                RotationSql.TRANSACTIONS,
                row -> blocker("the transaction", row, session),
                reader().role(),
                reader().name(),
                age));
    found.addAll(
        session.list(
            RotationSql.PREPARED,
            row ->
                RotationBlocker.prepared(
                    row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
            age));
    return found;
  }

  private List<RotationBlocker> holders(Session session, String table) throws SQLException {
    String what = "a lock on event table " + table;
    return session.list(
        RotationSql.HOLDERS,
        row -> blocker(what, row, session),
        reader().role(),
        reader().name(),
        table);
  }

  private static RotationBlocker blocker(String what, ResultSet row, Session session)
      throws SQLException {
    RotationBlocker.Backend backend =
        new RotationBlocker.Backend(
            row.getInt(1),
            row.getString(2),
            row.getString(3),
            row.getString(4),
            row.getString(5),
            row.getString(6),
            session.connection().getMetaData().getUserName());
    return switch (row.getString(7)) {
      case "reader" -> RotationBlocker.reader(what, backend);
      case "connector" -> RotationBlocker.connector(what, backend);
      default -> RotationBlocker.session(what, backend);
    };
  }
}
