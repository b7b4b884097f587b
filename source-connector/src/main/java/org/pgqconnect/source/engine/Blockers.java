/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.source.engine.LockAttempts.Turn;

/** Who keeps a session of ours waiting. */
final class Blockers {

  private Blockers() {}

  /** Those that have the turn, as below. */
  static String of(Session session, Turn turn) throws SQLException {
    return of(session, List.of(), false, turn);
  }

  /**
   * Those that keep tables from being locked, one phrase a session; says so when they are gone
   * already. Work on captured tables may wait for others that do the same.
   *
   * @param readersToo whether the lock that is wanted waits for readers, as dropping a trigger does
   */
  static String of(Session session, List<Long> tableOids, boolean readersToo) throws SQLException {
    return of(session, tableOids, readersToo, Turn.CAPTURE);
  }

  private static String of(Session session, List<Long> tableOids, boolean readersToo, Turn turn)
      throws SQLException {
    List<String> sessions =
        session.list(
            LockSql.BLOCKERS,
            row ->
                "pid %d (user %s, application '%s', transaction open for %s, %s)"
                    .formatted(
                        row.getInt(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5)),
            readersToo,
            Values.bigints(tableOids),
            turn.key());
    return sessions.isEmpty() ? "sessions that have ended meanwhile" : String.join("; ", sessions);
  }
}
