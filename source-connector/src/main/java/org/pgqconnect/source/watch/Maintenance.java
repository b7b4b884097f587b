/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code pgqd} does beside ticking: runs what {@code pgq.maint_operations()} lists (rotation,
 * vacuum), and puts events that consumers want to see again back into their queues. Not thread
 * safe.
 */
public final class Maintenance {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  private final String queue;
  private final Set<Object> reported = new HashSet<>();

  /**
   * @param queue the queue whose maintenance must not fail; that of others is done as far as it
   *     goes
   */
  public Maintenance(String queue) {
    this.queue = requireNonNull(queue, "queue");
  }

  private record Operation(String function, String argument) {
    @Override
    public String toString() {
      return argument == null ? function : function + " " + argument;
    }
  }

  /** Runs every due operation in a transaction of its own: the second rotation step needs that. */
  public void run(Connection connection) throws SQLException {
    Session session = new Session(connection);
    for (Operation operation : due(session)) {
      LOG.debug("Maintenance [function={}, argument={}]", operation.function, operation.argument);
      try {
        run(session, operation);
        reported.remove(operation);
      } catch (SQLException e) {
        failed(operation, e);
      }
    }
  }

  private static void run(Session session, Operation operation) throws SQLException {
    if (operation.function.equalsIgnoreCase("vacuum")) {
      session.execute("vacuum " + qualified(operation.argument));
    } else {
      callUntilDone(session, operation);
    }
  }

  /** A queue that is not ours, or Londiste, which this connector's role need not have rights on. */
  private void failed(Operation operation, SQLException failure) throws SQLException {
    if (SqlState.is(failure, SqlState.LOCK_NOT_AVAILABLE)) {
      LOG.debug("Maintenance waits for a lock [operation={}]", operation, failure);
      return;
    }
    if (isOurs(operation) || SqlState.verdict(failure) == SqlState.Verdict.RETRY) {
      throw failure;
    }
    if (reported.add(operation)) {
      LOG.warn(
          "Maintenance \"{}\" of this database failed: {}. Queue \"{}\" is not concerned. Have pgqd"
              + " do it, or give the connector's role the right",
          operation,
          failure.getMessage(),
          queue);
    }
  }

  private boolean isOurs(Operation operation) {
    return (operation.function.startsWith("pgq.") || operation.function.startsWith("pgq_connect."))
        && (operation.argument == null || operation.argument.equals(queue));
  }

  private List<Operation> due(Session session) throws SQLException {
    try {
      List<Operation> due = due(session, RotationSql.DUE);
      reported.remove(RotationSql.DUE);
      return due;
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)
          || !session.test(RotationSql.MAY_LIST_OPERATIONS)) {
        throw e;
      }
      // PgQ's function reads what pgq_node has, too, as its caller.
      if (reported.add(RotationSql.DUE)) {
        String role = Identifiers.quote(session.connection().getMetaData().getUserName());
        LOG.warn(
            "The maintenance of this database cannot be listed: {}. Only queue \"{}\" is"
                + " maintained. Let pgqd maintain the other queues, or: GRANT USAGE ON SCHEMA"
                + " pgq_node TO {}; GRANT SELECT ON pgq_node.node_info TO {};",
            e.getMessage(),
            queue,
            role,
            role);
      }
      return due(session, RotationSql.DUE_OF_QUEUE, queue);
    }
  }

  private static List<Operation> due(Session session, String sql, Object... values)
      throws SQLException {
    return session.list(sql, row -> new Operation(row.getString(1), row.getString(2)), values);
  }

  /** A function that moves some rows a call returns how many; it is called until none are left. */
  private static void callUntilDone(Session session, Operation operation) throws SQLException {
    boolean counts = operation.function.equals("pgq.maint_retry_events");
    String sql =
        "select " + qualified(operation.function) + (operation.argument == null ? "()" : "(?)");
    Object[] values =
        operation.argument == null ? new Object[0] : new Object[] {operation.argument};
    int moved;
    do {
      moved = session.first(sql, row -> counts ? row.getInt(1) : 0, values).orElse(0);
    } while (moved > 0);
  }

  private static String qualified(String name) {
    int dot = name.indexOf('.');
    return dot < 0
        ? Identifiers.quote(name)
        : Identifiers.quote(name.substring(0, dot))
            + "."
            + Identifiers.quote(name.substring(dot + 1));
  }
}
