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
package org.pgqconnect.source.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The session locks that keep two readers or two tickers off one queue. */
public final class AdvisoryLock {
  private AdvisoryLock() {}

  /**
   * Tries to take a lock for as long as the session lives.
   *
   * @param role what the holder does, e.g. "ticker"
   * @return who holds it, or empty when it was taken
   */
  public static Optional<LockHolder> tryTake(Connection connection, String role, String name)
      throws SQLException {
    try (PreparedStatement take = connection.prepareStatement(QueueSql.TRY_LOCK)) {
      take.setString(1, role);
      take.setString(2, name);
      try (ResultSet rows = take.executeQuery()) {
        rows.next();
        if (rows.getBoolean(1)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(
        holder(connection, role, name)
            .orElseGet(() -> new LockHolder("", "a session just ending")));
  }

  /** Who holds a lock, without taking it. */
  static Optional<LockHolder> holder(Connection connection, String role, String name)
      throws SQLException {
    try (PreparedStatement holder = connection.prepareStatement(QueueSql.LOCK_HOLDER)) {
      holder.setString(1, role);
      holder.setString(2, name);
      try (ResultSet rows = holder.executeQuery()) {
        return rows.next()
            ? Optional.of(new LockHolder(rows.getString(2), "backend " + rows.getString(1)))
            : Optional.empty();
      }
    }
  }
}
