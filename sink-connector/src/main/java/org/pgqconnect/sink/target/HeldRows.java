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
