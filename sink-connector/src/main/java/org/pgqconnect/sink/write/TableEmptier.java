/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.HeldRows;
import org.pgqconnect.sink.target.TargetTable;

/** Empties tables: by TRUNCATE where that is possible, else by DELETE. */
public final class TableEmptier {

  private final Connection connection;
  private final HeldRows rows;

  public TableEmptier(Connection connection) {
    this.connection = connection;
    this.rows = new HeldRows(connection);
  }

  /**
   * @param tables children before the parents that they refer to
   * @throws ApplyException when rows are kept
   */
  public void empty(List<TableWriter> tables) throws SQLException {
    List<TableWriter> filled = new ArrayList<>();
    for (TableWriter table : tables) {
      if (rows.any(table.target().onlyItself())) {
        filled.add(table);
      }
    }
    if (filled.isEmpty() || truncate(filled.stream().map(t -> t.target().onlyItself()).toList())) {
      return;
    }
    for (TableWriter table : filled) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(ApplySql.deleteAll(table.target().onlyItself()));
        if (!table.mayLeaveOutRows()) {
          continue; // Looking reads the whole table.
        }
        try (ResultSet row =
            statement.executeQuery(ApplySql.rowsLeft(table.target(), table.key()))) {
          row.next();
          if (row.getLong(1) > 0) {
            throw table.kept(row.getLong(1), row.getString(2));
          }
        }
      }
    }
  }

  /**
   * Empties tables at once, where that can be done without touching others.
   *
   * @param tables as {@link TargetTable#onlyItself} names them
   * @return false when nothing was done
   */
  public boolean truncate(List<String> tables) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return tables.isEmpty() || truncate(statement, tables);
    }
  }

  private boolean truncate(Statement statement, List<String> tables) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      statement.execute(ApplySql.truncate(tables));
      connection.releaseSavepoint(before);
      return true;
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.FEATURE_NOT_SUPPORTED)
          && !SqlState.is(e, SqlState.OBJECT_IN_USE)
          && !SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
      connection.rollback(before);
      return false;
    }
  }
}
