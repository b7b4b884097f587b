/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Who keeps tables from being locked. */
final class Blockers {

  private Blockers() {}

  /**
   * One phrase a session; says so when they are gone already.
   *
   * @param readersToo whether the lock that is wanted waits for readers, as dropping a trigger does
   */
  static String of(Connection connection, List<Long> tableOids, boolean readersToo)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.BLOCKERS)) {
      statement.setBoolean(1, readersToo);
      statement.setArray(2, connection.createArrayOf("bigint", tableOids.toArray()));
      List<String> sessions = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          sessions.add(
              "pid %d (user %s, application '%s', transaction open for %s, %s)"
                  .formatted(
                      rows.getInt(1),
                      rows.getString(2),
                      rows.getString(3),
                      rows.getString(4),
                      rows.getString(5)));
        }
      }
      return sessions.isEmpty()
          ? "sessions that have ended meanwhile"
          : String.join("; ", sessions);
    }
  }
}
