/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;

/**
 * A node of Londiste 3, as its own database knows it.
 *
 * @param name the node's name
 * @param worker the consumer that its worker is on the provider
 * @param tick the tick that the node has applied completely: the provider possibly does not know it
 *     yet
 */
public record LondisteLeaf(String name, String worker, long tick, List<Table> tables) {
  public LondisteLeaf {
    requireNonNull(name, "name");
    requireNonNull(worker, "worker");
    tables = List.copyOf(tables);
  }

  /**
   * A table of the node.
   *
   * @param problem why it cannot be taken over as it is, and what to do; null when it can
   */
  public record Table(TableId id, String problem) {}

  /**
   * Reads a node.
   *
   * @throws StopException when the database is no node of the queue that gets its rows from another
   *     one, or the session's role cannot read what Londiste knows
   */
  public static LondisteLeaf read(Connection connection, String queue) throws SQLException {
    try {
      return readNode(new Session(connection), queue);
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
      throw new StopException(
          ("Role \"%1$s\" cannot read Londiste's tables in database \"%2$s\": %3$s. Run as the role"
               + " that installed Londiste there: GRANT USAGE ON SCHEMA londiste, pgq_node, pgq TO"
               + " %4$s; GRANT SELECT ON ALL TABLES IN SCHEMA londiste, pgq_node, pgq TO %4$s;"
               + " GRANT EXECUTE ON FUNCTION pgq_node.get_node_info(text) TO %4$s; and repeat this"
               + " command")
              .formatted(
                  connection.getMetaData().getUserName(),
                  connection.getCatalog(),
                  e.getMessage(),
                  Identifiers.quote(connection.getMetaData().getUserName())),
          e);
    }
  }

  private static LondisteLeaf readNode(Session session, String queue) throws SQLException {
    if (!session.test(LondisteSql.IS_THERE)) {
      throw new StopException(notANode(session, queue));
    }
    Optional<LondisteLeaf> node =
        session.first(LondisteSql.NODE, row -> node(session, queue, row), queue);
    if (node.isEmpty()) {
      throw new StopException(notANode(session, queue));
    }
    return node.get();
  }

  /** Null when the row says that the database is no node. */
  private static LondisteLeaf node(Session session, String queue, ResultSet row)
      throws SQLException {
    String name = row.getString(2);
    if (name == null) {
      return null;
    }
    if (row.getString(1).equals("root")) {
      throw new StopException(
          "Database \"%s\" is the root of queue \"%s\": that is the provider. Give the database of a leaf or branch"
              .formatted(session.connection().getCatalog(), queue));
    }
    return new LondisteLeaf(name, row.getString(3), row.getLong(4), tables(session, queue));
  }

  private static String notANode(Session session, String queue) throws SQLException {
    return ("Database \"%s\" is no Londiste node of queue \"%s\". Which it has: select"
            + " queue_name, node_name from pgq_node.node_info; after drop-node, give --tick and"
            + " the tables")
        .formatted(session.connection().getCatalog(), queue);
  }

  private static List<Table> tables(Session session, String queue) throws SQLException {
    return session.list(
        LondisteSql.TABLES,
        row -> {
          TableId table = TableId.parse(row.getString(1));
          return new Table(
              table, problem(table, row.getString(2), row.getString(3), row.getString(4)));
        },
        queue);
  }

  private static String problem(
      TableId table, String destination, String state, String attributes) {
    if (destination != null && !TableId.parse(destination).equals(table)) {
      return "its rows are in table %s here, and the sink writes to tables of the provider's names. Rename that table"
          .formatted(destination);
    }
    if (!"ok".equals(state)) {
      return "Londiste has it in state %s. Wait for: londiste <.ini> wait-sync; or have it copied: %s"
          .formatted(state, Remedy.incomplete().resync(table));
    }
    String problem = LondisteAttributes.problem(attributes);
    return problem == null
        ? null
        : problem
            + ". Leave the table to Londiste and out of the sink's topics; or empty it and have it"
            + " copied: "
            + Remedy.incomplete().resync(table);
  }
}
