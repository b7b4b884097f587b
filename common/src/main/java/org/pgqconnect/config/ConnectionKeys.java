/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.DriverProperties;
import org.pgqconnect.postgres.HostList;
import org.pgqconnect.postgres.Secret;

/**
 * The keys that say how to reach a database, the same on both connectors and named as Debezium
 * names them.
 */
public final class ConnectionKeys {
  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  private ConnectionKeys() {}

  /** Adds the connection keys to a connector's definition. */
  public static ConfigDef define(ConfigDef def, String group) {
    new KeyGroup(def, group)
        .required(
            ConnectionConfig.HOSTNAME,
            ConfigDef.LambdaValidator.with(
                ConnectionKeys::requireHosts, () -> "a host, or several separated by commas"),
            "Host name or address of the PostgreSQL server. Several may be given, separated by"
                + " commas, each with an optional port (db1,db2:5433,[::1]:5434): the connector"
                + " uses the one that accepts writes.")
        .number(
            ConnectionConfig.PORT,
            ConnectionConfig.DEFAULT_PORT,
            ConfigDef.Range.between(1, 65535),
            Importance.HIGH,
            "Port of the PostgreSQL server.")
        .required(ConnectionConfig.DBNAME, new ConfigDef.NonEmptyString(), "Name of the database.")
        .required(
            ConnectionConfig.USER,
            new ConfigDef.NonEmptyString(),
            "Role to log in as. It does not need to be a superuser.")
        .secret(
            ConnectionConfig.PASSWORD,
            Importance.HIGH,
            "Password of the role. Use a config provider, e.g."
                + " ${file:/path/secrets.properties:password}.")
        .text(
            ConnectionConfig.SSL_MODE,
            "prefer",
            ConfigDef.CaseInsensitiveValidString.in(SSL_MODES.toArray(String[]::new)),
            Importance.MEDIUM,
            "TLS to the server: disable, allow, prefer, require, verify-ca or verify-full."
                + " Certificates are driver properties: "
                + ConnectionConfig.DRIVER_PREFIX
                + "sslrootcert, sslcert and sslkey name files on the worker.");
    return def;
  }

  private static void requireHosts(String name, Object value) {
    if (value == null) {
      return; // Connect itself says that it is missing.
    }
    try {
      HostList.parse(value.toString(), ConnectionConfig.DEFAULT_PORT);
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
        .originalsWithPrefix(ConnectionConfig.DRIVER_PREFIX)
        .forEach((property, value) -> driver.setProperty(property, String.valueOf(value)));
    return new ConnectionConfig(
        config.getString(ConnectionConfig.HOSTNAME),
        config.getInt(ConnectionConfig.PORT),
        config.getString(ConnectionConfig.DBNAME),
        config.getString(ConnectionConfig.USER),
        secret(config, ConnectionConfig.PASSWORD),
        config.getString(ConnectionConfig.SSL_MODE).toLowerCase(Locale.ROOT),
        driver);
  }

  /** The value of a key of type PASSWORD; null when it is not set. */
  public static Secret secret(AbstractConfig config, String key) {
    Password password = config.getPassword(key);
    return password == null || password.value() == null ? null : new Secret(password.value());
  }
}
