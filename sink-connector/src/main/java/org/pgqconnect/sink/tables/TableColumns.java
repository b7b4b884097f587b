/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;

/**
 * Which columns of its tables a subscription filled. PostgreSQL numbers a table's columns, and
 * never gives a number twice: a column that others drop and add again, or another that takes its
 * name, is written as if nothing had been, but the rows from before do not hold its values. No row
 * is rewritten then, so that {@link TableFiles} does not see it.
 */
final class TableColumns {
  private final Connection connection;
  private final String subscription;

  TableColumns(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
  }

  /** The tables whose columns are others by now, or were not known. */
  Map<TableId, ColumnChange> changes(Predicate<TableId> owned) throws SQLException {
    Map<TableId, ColumnChange> changes = new TreeMap<>();
    try (PreparedStatement query = connection.prepareStatement(TableColumnsSql.CHANGED)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          TableId table = new TableId(row.getString(1), row.getString(2));
          if (owned.test(table)) {
            changes.put(
                table,
                new ColumnChange(
                    List.of((String[]) row.getArray(3).getArray()),
                    row.getBoolean(4),
                    row.getBoolean(5),
                    row.getBoolean(6)));
          }
        }
      }
    }
    return changes;
  }

  /** Takes the columns that there are now for those that the subscription fills. */
  void refresh(Collection<TableId> tables) throws SQLException {
    if (tables.isEmpty()) {
      return;
    }
    try (PreparedStatement update = connection.prepareStatement(TableColumnsSql.REFRESH)) {
      HeldTables.bind(update, 1, tables);
      update.setString(3, subscription);
      update.executeUpdate();
    }
  }
}
