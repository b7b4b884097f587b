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

import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.types.Password;

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

  /** {@code database.jdbc.<property>} goes to the JDBC driver as {@code <property>}. */
  public static final String DRIVER_PREFIX = "database.jdbc.";

  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  /** Adds the connection keys to a connector's definition. */
  public static ConfigDef define(ConfigDef def, String group) {
    int order = 0;
    return def.define(
            HOSTNAME,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "Host name or address of the PostgreSQL server.",
            group,
            ++order,
            Width.MEDIUM,
            "Host")
        .define(
            PORT,
            Type.INT,
            5432,
            ConfigDef.Range.between(1, 65535),
            Importance.HIGH,
            "Port of the PostgreSQL server.",
            group,
            ++order,
            Width.SHORT,
            "Port")
        .define(
            DBNAME,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "Name of the database.",
            group,
            ++order,
            Width.MEDIUM,
            "Database")
        .define(
            USER,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "Role to log in as. It need not be a superuser.",
            group,
            ++order,
            Width.MEDIUM,
            "User")
        .define(
            PASSWORD,
            Type.PASSWORD,
            null,
            Importance.HIGH,
            "Password of the role. Give it through a config provider, e.g."
                + " ${file:/path/secrets.properties:password}.",
            group,
            ++order,
            Width.MEDIUM,
            "Password")
        .define(
            SSL_MODE,
            Type.STRING,
            "prefer",
            ConfigDef.CaseInsensitiveValidString.in(SSL_MODES.toArray(String[]::new)),
            Importance.MEDIUM,
            "TLS to the server: disable, allow, prefer, require, verify-ca or verify-full. Certificates"
                + " are driver properties: "
                + DRIVER_PREFIX
                + "sslrootcert, sslcert, sslkey.",
            group,
            ++order,
            Width.SHORT,
            "TLS mode");
  }

  /** Reads the connection keys of a connector's configuration. */
  public static ConnectionConfig of(AbstractConfig config) {
    Properties driver = new Properties();
    driver.putAll(config.originalsWithPrefix(DRIVER_PREFIX));
    return new ConnectionConfig(
        config.getString(HOSTNAME),
        config.getInt(PORT),
        config.getString(DBNAME),
        config.getString(USER),
        config.getPassword(PASSWORD),
        config.getString(SSL_MODE).toLowerCase(Locale.ROOT),
        driver);
  }

  /** {@code host:port/database}, for messages; holds no secret. */
  public String address() {
    return host + ":" + port + "/" + database;
  }

  @Override
  public String toString() {
    return user + "@" + address();
  }
}
