/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.pgqconnect.postgres.SqlState;

/** Whether tables hold rows. */
public final class HeldRows {
  private final Connection connection;

  public HeldRows(Connection connection) {
    this.connection = connection;
  }

  /**
   * Whether a table holds a row.
   *
   * @param table as {@link TargetTable#onlyItself} names it
   */
  public boolean any(String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM " + table + ")")) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Like {@link #any}; true as well when the role may not look. */
  public boolean maybeAny(String table) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      boolean holds = any(table);
      connection.releaseSavepoint(before);
      return holds;
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
      connection.rollback(before);
      return true;
    }
  }
}
