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
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.Driver;

/** A database that sessions can be opened on. */
public final class Database {
  // Text in and out means the same whatever the server's, the role's or the JVM's defaults are. The
  // driver sends the JVM's time zone when it connects, so it has to be set afterwards. A limit of
  // the
  // role's on statements would end a long batch at the same place again and again.
  private static final String PINNED_SETTINGS =
      """
      set DateStyle = ISO; set IntervalStyle = postgres; set TimeZone = UTC;
      set default_transaction_isolation = 'read committed';
      set bytea_output = hex; set extra_float_digits = 1; set lc_monetary = 'C';
      set standard_conforming_strings = on; set quote_all_identifiers = off; set jit = off;
      set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4;
      select set_config(name, '0', false) from pg_catalog.pg_settings
       where name in ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')
         and setting <> '0' and source <> 'client'""";

  // Not through DriverManager, which does not see the drivers of a plugin's class loader.
  private static final Driver DRIVER = new Driver();

  private final ConnectionConfig config;

  public Database(ConnectionConfig config) {
    this.config = requireNonNull(config, "config");
  }

  /** Where the database is. */
  public ConnectionConfig config() {
    return config;
  }

  /**
   * Opens a session whose text formats are pinned, in autocommit mode.
   *
   * @param application what {@code pg_stat_activity.application_name} shows
   * @throws SQLException when the server cannot be reached or refuses; see {@link
   *     ConnectionFailure}
   */
  public Connection open(String application) throws SQLException {
    Properties properties = new Properties();
    properties.putAll(config.driver());
    properties.setProperty("user", config.user());
    if (config.password() != null) {
      properties.setProperty("password", config.password().value());
    }
    properties.setProperty("sslmode", config.sslMode());
    properties.setProperty("ApplicationName", application);
    properties.putIfAbsent("connectTimeout", "10");
    properties.putIfAbsent("loginTimeout", "15");
    properties.putIfAbsent("tcpKeepAlive", "true");
    // A server that vanished without a word is noticed in the end; no statement of ours takes
    // longer.
    properties.putIfAbsent("socketTimeout", "900");
    HostList hosts = config.hosts();
    // As properties, and not in the URL, in which a name could add properties of its own.
    properties.setProperty("PGHOST", hosts.names());
    properties.setProperty("PGPORT", hosts.ports());
    properties.setProperty("PGDBNAME", config.database());
    if (hosts.isFailover()) {
      // Of several hosts the one that can be written to is meant, also after a failover.
      properties.putIfAbsent("targetServerType", "primary");
    }
    properties.putIfAbsent("prepareThreshold", "1");
    // Binary results would be turned into text by the driver in the JVM's own way.
    properties.putIfAbsent("binaryTransfer", "false");
    Connection connection = DRIVER.connect("jdbc:postgresql://", properties);
    try (Statement statement = connection.createStatement()) {
      statement.execute(PINNED_SETTINGS);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public String toString() {
    return config.toString();
  }
}
