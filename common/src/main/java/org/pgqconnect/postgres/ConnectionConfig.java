/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.util.Properties;

/**
 * How to reach a database. The constants are the keys of the values in a connector's configuration,
 * which messages name; {@code ConnectionKeys} defines and reads them.
 *
 * @param host name or address, or several separated by commas for a failover list
 * @param port 1..65535
 * @param database the database's name
 * @param user the role to log in as
 * @param password null when the server asks for none
 * @param sslMode one of libpq's modes
 * @param driver further properties for the JDBC driver
 */
public record ConnectionConfig(
    String host,
    int port,
    String database,
    String user,
    Secret password,
    String sslMode,
    Properties driver) {

  public static final String HOSTNAME = "database.hostname";
  public static final String PORT = "database.port";
  public static final String DBNAME = "database.dbname";
  public static final String USER = "database.user";
  public static final String PASSWORD = "database.password";
  public static final String SSL_MODE = "database.sslmode";

  /** The port of a server that is named without one. */
  public static final int DEFAULT_PORT = 5432;

  /** {@code database.jdbc.<property>} goes to the JDBC driver as {@code <property>}. */
  public static final String DRIVER_PREFIX = "database.jdbc.";

  /**
   * @throws IllegalArgumentException when the host is not one, or a driver property is not allowed
   */
  public ConnectionConfig {
    HostList.parse(host, port);
    for (String property : driver.stringPropertyNames()) {
      if (!DriverProperties.isAllowed(property)) {
        throw new IllegalArgumentException(DriverProperties.refusal(property));
      }
    }
  }

  /** The servers, each with its port. */
  public HostList hosts() {
    return HostList.parse(host, port);
  }

  /** {@code host:port/database}, for messages; holds no secret. */
  public String address() {
    return hosts() + "/" + database;
  }

  @Override
  public String toString() {
    return user + "@" + address();
  }
}
