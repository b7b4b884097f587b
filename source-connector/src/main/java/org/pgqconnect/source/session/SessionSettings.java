/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.pgqconnect.postgres.Session;

/** Settings of the connector's sessions that differ from one to the other. */
public final class SessionSettings {
  private SessionSettings() {}

  /**
   * Lets the session's commits reach the disk. A tick may see transactions that a crash of the
   * server would forget ({@code synchronous_commit = off}); the commit that opens its batch, before
   * anything of it is published, takes theirs along, because it writes. One that writes nothing
   * does not, whatever its settings.
   */
  static void flushCommits(Connection connection) throws SQLException {
    new Session(connection)
        .execute(
            "select set_config('synchronous_commit', 'local', false) where"
                + " current_setting('synchronous_commit') = 'off'");
  }

  /**
   * Lets statements fail that wait for a lock for longer.
   *
   * @param longest zero for no limit
   */
  public static void limitLockWaits(Connection connection, Duration longest) throws SQLException {
    new Session(connection).execute("set lock_timeout = " + longest.toMillis());
  }
}
