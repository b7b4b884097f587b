/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/** Who keeps tables from being locked. */
final class Blockers {

  private Blockers() {}

  /**
   * One phrase a session; says so when they are gone already.
   *
   * @param readersToo whether the lock that is wanted waits for readers, as dropping a trigger does
   */
  static String of(Session session, List<Long> tableOids, boolean readersToo) throws SQLException {
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
            Values.bigints(tableOids));
    return sessions.isEmpty() ? "sessions that have ended meanwhile" : String.join("; ", sessions);
  }
}
