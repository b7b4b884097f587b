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
package org.pgqconnect.source.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

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
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "select set_config('synchronous_commit', 'local', false) where current_setting('synchronous_commit') = 'off'");
    }
  }

  /**
   * Lets statements fail that wait for a lock for longer.
   *
   * @param longest zero for no limit
   */
  public static void limitLockWaits(Connection connection, Duration longest) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set lock_timeout = " + longest.toMillis());
    }
  }
}
