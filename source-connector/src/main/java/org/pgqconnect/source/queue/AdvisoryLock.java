/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.postgres.Session;

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
    if (new Session(connection).test(QueueSql.TRY_LOCK, role, name)) {
      return Optional.empty();
    }
    return Optional.of(
        holder(connection, role, name)
            .orElseGet(() -> new LockHolder(0, "", "a session just ending")));
  }

  /** Who holds a lock, without taking it. */
  static Optional<LockHolder> holder(Connection connection, String role, String name)
      throws SQLException {
    return new Session(connection)
        .first(
            QueueSql.LOCK_HOLDER,
            row -> new LockHolder(row.getInt(3), row.getString(2), "backend " + row.getString(1)),
            role,
            name);
  }
}
