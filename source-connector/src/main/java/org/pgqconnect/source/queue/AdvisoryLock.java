/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
