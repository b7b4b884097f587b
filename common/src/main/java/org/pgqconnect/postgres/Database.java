/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
      statement.execute(PinnedSettings.SQL);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Opens a session for statements that are not ours, such as an application's: names are looked up
   * along the role's own {@code search_path}.
   */
  public Connection openForOthers(String application) throws SQLException {
    Connection connection = open(application);
    try (Statement statement = connection.createStatement()) {
      statement.execute("reset search_path");
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
