/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.lock;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.postgres.Session;

/**
 * A session lock that keeps two readers, publishers or tickers off one queue.
 *
 * @param role what the holder does, e.g. "ticker"
 * @param name of what it does that with
 */
public record AdvisoryLock(String role, String name) {
  public AdvisoryLock {
    requireNonNull(role, "role");
    requireNonNull(name, "name");
  }

  /** Of the only session that reads a queue for a consumer. */
  public static AdvisoryLock reader(String queue, String consumer) {
    return new AdvisoryLock("reader", queue + "/" + consumer);
  }

  /**
   * Of the only session that publishes a queue into topics of a prefix, whichever consumer it reads
   * by.
   */
  public static AdvisoryLock publisher(String queue, String topicPrefix) {
    return new AdvisoryLock("publisher", queue + "/" + topicPrefix);
  }

  /** Of the only session that ticks a queue. */
  public static AdvisoryLock ticker(String queue) {
    return new AdvisoryLock("ticker", queue);
  }

  /**
   * Tries to take it for as long as the session lives.
   *
   * @return who holds it, or empty when it was taken
   */
  public Optional<LockHolder> tryTake(Connection connection) throws SQLException {
    if (new Session(connection).test(AdvisoryLockSql.TRY_TAKE, role, name)) {
      return Optional.empty();
    }
    return Optional.of(holder(connection).orElse(LockHolder.ENDED));
  }

  /** Who holds it, without taking it. */
  public Optional<LockHolder> holder(Connection connection) throws SQLException {
    return new Session(connection)
        .first(
            AdvisoryLockSql.HOLDER,
            row -> new LockHolder(row.getInt(3), row.getString(2), "backend " + row.getString(1)),
            role,
            name);
  }
}
