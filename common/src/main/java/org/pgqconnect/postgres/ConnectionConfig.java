/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.pgqconnect.config.KeyGroup;

/**
 * The keys that say how to reach a database, the same on both connectors and named as Debezium
 * names them; and their values.
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
    Password password,
    String sslMode,
    Properties driver) {

  public static final String HOSTNAME = "database.hostname";
  public static final String PORT = "database.port";
  public static final String DBNAME = "database.dbname";
  public static final String USER = "database.user";
  public static final String PASSWORD = "database.password";
  public static final String SSL_MODE = "database.sslmode";

  private static final int DEFAULT_PORT = 5432;

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

  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  /** Adds the connection keys to a connector's definition. */
  public static ConfigDef define(ConfigDef def, String group) {
    new KeyGroup(def, group)
        .required(
            HOSTNAME,
            ConfigDef.LambdaValidator.with(
                ConnectionConfig::requireHosts, () -> "a host, or several separated by commas"),
            "Host name or address of the PostgreSQL server. Several may be given, separated by commas, each"
                + " with an optional port (db1,db2:5433,[::1]:5434): the connector uses the one that accepts"
                + " writes.")
        .number(
            PORT,
            DEFAULT_PORT,
            ConfigDef.Range.between(1, 65535),
            Importance.HIGH,
            "Port of the PostgreSQL server.")
        .required(DBNAME, new ConfigDef.NonEmptyString(), "Name of the database.")
        .required(
            USER,
            new ConfigDef.NonEmptyString(),
            "Role to log in as. It does not need to be a superuser.")
        .secret(
            PASSWORD,
            Importance.HIGH,
            "Password of the role. Use a config provider, e.g."
                + " ${file:/path/secrets.properties:password}.")
        .text(
            SSL_MODE,
            "prefer",
            ConfigDef.CaseInsensitiveValidString.in(SSL_MODES.toArray(String[]::new)),
            Importance.MEDIUM,
            "TLS to the server: disable, allow, prefer, require, verify-ca or verify-full. Certificates are"
                + " driver properties: "
                + DRIVER_PREFIX
                + "sslrootcert, sslcert and sslkey name files on the worker.");
    return def;
  }

  private static void requireHosts(String name, Object value) {
    if (value == null) {
      return; // Connect itself says that it is missing.
    }
    try {
      HostList.parse(value.toString(), DEFAULT_PORT);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  /**
   * Reads the connection keys of a connector's configuration.
   *
   * @throws ConfigException when a driver property is not allowed
   */
  public static ConnectionConfig of(AbstractConfig config) {
    DriverProperties.problems(config.originals())
        .values()
        .forEach(
            problem -> {
              throw new ConfigException(problem);
            });
    Properties driver = new Properties();
    config
        .originalsWithPrefix(DRIVER_PREFIX)
        .forEach((property, value) -> driver.setProperty(property, String.valueOf(value)));
    return new ConnectionConfig(
        config.getString(HOSTNAME),
        config.getInt(PORT),
        config.getString(DBNAME),
        config.getString(USER),
        config.getPassword(PASSWORD),
        config.getString(SSL_MODE).toLowerCase(Locale.ROOT),
        driver);
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
