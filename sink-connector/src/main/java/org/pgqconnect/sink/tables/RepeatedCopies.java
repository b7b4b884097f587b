/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.pgqconnect.batch.TableId;

/**
 * Tables that are copied again while their rows stay. What the copy has not brought when it ends is
 * deleted then.
 */
public final class RepeatedCopies {
  private final Connection connection;
  private final String subscription;

  public RepeatedCopies(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
  }

  /** The copies under way. */
  public Set<TableId> load() throws SQLException {
    Set<TableId> tables = new HashSet<>();
    try (PreparedStatement query = connection.prepareStatement(RepeatedCopiesSql.LOAD)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          tables.add(new TableId(row.getString(1), row.getString(2)));
        }
      }
    }
    return tables;
  }

  /** Stores what differs; the tables' states are stored already. */
  public void save(Set<TableId> before, Set<TableId> after) throws SQLException {
    if (before.equals(after)) {
      return;
    }
    Set<TableId> tables = new HashSet<>(before);
    tables.addAll(after);
    try (PreparedStatement update = connection.prepareStatement(RepeatedCopiesSql.SAVE)) {
      for (TableId table : tables) {
        if (before.contains(table) != after.contains(table)) {
          update.setBoolean(1, after.contains(table));
          update.setString(2, subscription);
          update.setString(3, table.schema());
          update.setString(4, table.table());
          update.addBatch();
        }
      }
      update.executeBatch();
    }
  }
}
