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
package org.pgqconnect.sink.position;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.pgqconnect.batch.TableId;

/**
 * Tables that are copied again while their rows stay: in which transaction that began. What was not
 * written since is deleted when the copy ends.
 */
public final class RepeatedCopies {
  private final Connection connection;
  private final String subscription;

  public RepeatedCopies(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
  }

  /** The copies under way. */
  public Map<TableId, Long> load() throws SQLException {
    Map<TableId, Long> starts = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(RepeatedCopiesSql.LOAD)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          starts.put(new TableId(row.getString(1), row.getString(2)), row.getLong(3));
        }
      }
    }
    return starts;
  }

  /** The open transaction. */
  public long current() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(RepeatedCopiesSql.CURRENT)) {
      row.next();
      return row.getLong(1);
    }
  }

  /**
   * Tables that something else rewrote since: when their rows were written is not known any more.
   */
  public Set<TableId> rewritten() throws SQLException {
    Set<TableId> tables = new HashSet<>();
    try (PreparedStatement query = connection.prepareStatement(RepeatedCopiesSql.REWRITTEN)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          tables.add(new TableId(row.getString(1), row.getString(2)));
        }
      }
    }
    return tables;
  }

  /**
   * Stores what differs; the tables' states are stored already.
   *
   * @param emptied tables that were emptied in this transaction, which is no rewrite by others
   */
  public void save(Map<TableId, Long> before, Map<TableId, Long> after, Set<TableId> emptied)
      throws SQLException {
    Set<TableId> tables = new HashSet<>(before.keySet());
    tables.addAll(after.keySet());
    if (tables.isEmpty()) {
      return;
    }
    try (PreparedStatement update = connection.prepareStatement(RepeatedCopiesSql.SAVE)) {
      for (TableId table : tables) {
        if (emptied.contains(table) || !Objects.equals(before.get(table), after.get(table))) {
          update.setObject(1, after.get(table), Types.BIGINT);
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
