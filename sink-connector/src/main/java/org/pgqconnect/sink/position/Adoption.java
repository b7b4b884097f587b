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

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.batch.TableId;

/**
 * A subscriber that holds rows already, which something else brought there.
 *
 * @param subscription the sink's {@code subscription.name}
 * @param topicPrefix the sink's {@code topic.prefix}
 * @param tick the tick at which the tables are as the provider's were
 */
public record Adoption(String subscription, String topicPrefix, long tick, List<TableId> tables) {
  public Adoption {
    requireNonNull(subscription, "subscription");
    requireNonNull(topicPrefix, "topicPrefix");
    tables = List.copyOf(tables);
  }

  /**
   * Sets position and tables, in one transaction.
   *
   * @param connection in autocommit mode
   * @param move whether a position that is there already may be replaced
   * @throws IllegalStateException when the subscription has a position or its sink runs
   */
  public static void adopt(Connection connection, Adoption adoption, boolean move)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      register(connection, adoption);
      check(connection, adoption, move);
      place(connection, adoption);
      for (TableId table : adoption.tables) {
        hold(connection, adoption, table);
      }
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static void register(Connection connection, Adoption adoption) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.REGISTER)) {
      statement.setString(1, adoption.subscription);
      statement.setString(2, adoption.topicPrefix);
      statement.executeUpdate();
    }
  }

  private static void check(Connection connection, Adoption adoption, boolean move)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.LOCK_IDLE)) {
      statement.setString(1, adoption.subscription);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (!row.getString(1).equals(adoption.topicPrefix)) {
          throw new IllegalStateException(
              "Subscription \"%s\" follows topic prefix %s, not %s. Give the sink another subscription.name"
                  .formatted(adoption.subscription, row.getString(1), adoption.topicPrefix));
        }
        if (row.getBoolean(3)) {
          throw new IllegalStateException(
              "The sink of subscription \"%s\" is running, and would go on from where it is. Stop it first: PUT /connectors/<name>/stop"
                  .formatted(adoption.subscription));
        }
        if (row.getString(2) != null && !move) {
          throw new IllegalStateException(
              "Subscription \"%s\" stands at tick %s already. If its tables hold the rows of tick %d all the same, repeat the command with --move"
                  .formatted(adoption.subscription, row.getString(2), adoption.tick));
        }
      }
    }
  }

  private static void place(Connection connection, Adoption adoption) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.PLACE)) {
      statement.setLong(1, adoption.tick);
      statement.setString(2, adoption.subscription);
      statement.executeUpdate();
    }
  }

  private static void hold(Connection connection, Adoption adoption, TableId table)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PositionSql.HOLD)) {
      statement.setString(1, adoption.subscription);
      statement.setString(2, table.schema());
      statement.setString(3, table.table());
      statement.executeUpdate();
    }
  }
}
