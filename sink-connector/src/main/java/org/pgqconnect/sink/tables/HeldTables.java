/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.pgqconnect.batch.TableId;

/**
 * Whether the tables that a subscription writes are those that it filled, and nobody else's. What
 * is asked comes back with the statement that saves the position.
 */
final class HeldTables {
  private HeldTables() {}

  /**
   * What is wrong with the tables that a transaction wrote.
   *
   * @param replaced tables that are not those that were copied
   * @param taken tables that another subscription holds
   * @param holder that subscription, or null
   * @param rewritten a table is in another file than the one in which the subscription left it
   * @param otherColumns names of a table's columns belong to others than those that were filled
   * @param filled tables that held no rows
   */
  record Problems(
      List<TableId> replaced,
      List<TableId> taken,
      String holder,
      boolean rewritten,
      boolean otherColumns,
      List<TableId> filled) {}

  /** Binds the tables that a transaction wrote, as two parameters. */
  static void bind(PreparedStatement statement, int first, Collection<TableId> written)
      throws SQLException {
    Connection connection = statement.getConnection();
    Array schemas =
        connection.createArrayOf("text", written.stream().map(TableId::schema).toArray());
    Array names = connection.createArrayOf("text", written.stream().map(TableId::table).toArray());
    statement.setArray(first, schemas);
    statement.setArray(first + 1, names);
  }

  static Problems read(ResultSet row, int first) throws SQLException {
    return new Problems(
        tables(row.getArray(first)),
        tables(row.getArray(first + 1)),
        row.getString(first + 2),
        row.getBoolean(first + 3),
        row.getBoolean(first + 4),
        tables(row.getArray(first + 5)));
  }

  /** The tables of a subscription that are not those that it filled. */
  static List<TableId> replaced(Connection connection, String subscription) throws SQLException {
    List<TableId> tables = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(PositionSql.REPLACED_TABLES)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          tables.add(new TableId(row.getString(1), row.getString(2)));
        }
      }
    }
    return tables;
  }

  private static List<TableId> tables(Array texts) throws SQLException {
    List<TableId> tables = new ArrayList<>();
    if (texts != null) {
      for (String text : (String[]) texts.getArray()) {
        tables.add(TableId.parse(text));
      }
    }
    return tables;
  }
}
