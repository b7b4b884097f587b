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
package org.pgqconnect.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.config.types.Password;
import org.pgqconnect.local.ConnectorConfig;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.sink.PgqSinkConnector;
import org.pgqconnect.source.PgqSourceConnector;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How a command reaches a database: by a connector's file, by options, or by both, where an option
 * goes before the file.
 */
final class ConnectionOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A connector's JSON file: its database.*, queue.name and topic.prefix are used.")
  private Path config;

  @Option(names = "--host", description = "Host of the server.")
  private String host;

  @Option(names = "--port", description = "Port of the server.")
  private Integer port;

  @Option(names = "--dbname", description = "Name of the database.")
  private String dbname;

  @Option(names = "--user", description = "Role to log in as.")
  private String user;

  @Option(
      names = "--password",
      arity = "0..1",
      interactive = true,
      description =
          "Ask for the password. Without it, the file's is used, or $PGPASSWORD when there is no file or --user"
              + " names another role.")
  private char[] password;

  @Option(names = "--sslmode", paramLabel = "MODE", description = "TLS mode, as libpq's.")
  private String sslMode;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description =
          "Instead of --config: the connector with this topic.prefix, whose configuration the worker of"
              + " --connect is asked for.")
  private String prefix;

  @Option(
      names = "--connect",
      paramLabel = "URL",
      defaultValue = ConnectOption.DEFAULT,
      description = "With --prefix: REST API of a Connect worker. Default: ${DEFAULT-VALUE}.")
  private String connect;

  private ConnectorConfig found;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** The connector's file, or what the worker has of it; empty when neither is given. */
  ConnectorConfig file() {
    if (found == null) {
      found = load();
    }
    return found;
  }

  private ConnectorConfig load() {
    if (config != null && prefix != null) {
      throw new ParameterException(
          command.commandLine(), "Give --config or --prefix: each names a connector");
    }
    if (config != null) {
      return ConnectorConfig.load(config);
    }
    return prefix == null
        ? new ConnectorConfig("none", Map.of())
        : ConnectorSearch.withPrefix(ConnectOption.rest(connect), connectorClass(), prefix);
  }

  private String connectorClass() {
    boolean subscriber = command.commandLine().getParent().getCommandName().equals("subscriber");
    return subscriber ? PgqSinkConnector.class.getName() : PgqSourceConnector.class.getName();
  }

  /** Where the database is. */
  ConnectionConfig connection() {
    ConnectorConfig file = file();
    return new ConnectionConfig(
        required("--host", host, file, ConnectionConfig.HOSTNAME),
        port != null ? port : port(file),
        required("--dbname", dbname, file, ConnectionConfig.DBNAME),
        required("--user", user, file, ConnectionConfig.USER),
        secret(file),
        sslMode != null ? sslMode : value(file, ConnectionConfig.SSL_MODE).orElse("prefer"),
        driverProperties(file));
  }

  /** The database of a connector's file. */
  static ConnectionConfig connection(ConnectorConfig file) {
    Map<String, String> keys = file.config();
    String fromEnvironment = System.getenv("PGPASSWORD");
    String secret = fromEnvironment != null ? fromEnvironment : keys.get(ConnectionConfig.PASSWORD);
    return new ConnectionConfig(
        keys.get(ConnectionConfig.HOSTNAME),
        port(file),
        keys.get(ConnectionConfig.DBNAME),
        keys.get(ConnectionConfig.USER),
        secret == null ? null : new Password(secret),
        keys.getOrDefault(ConnectionConfig.SSL_MODE, "prefer"),
        driverProperties(file));
  }

  private static int port(ConnectorConfig file) {
    String text = file.config().getOrDefault(ConnectionConfig.PORT, "5432");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The file of connector \"%s\" has %s \"%s\": it must be a port's number, as 5432"
              .formatted(file.name(), ConnectionConfig.PORT, text),
          e);
    }
  }

  private String required(String option, String given, ConnectorConfig file, String key) {
    if (given != null) {
      return given;
    }
    return value(file, key)
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "Which database? Give %s, or --config with a connector's file that has %s"
                        .formatted(option, key)));
  }

  private static Optional<String> value(ConnectorConfig file, String key) {
    return Optional.ofNullable(file.config().get(key));
  }

  private static Properties driverProperties(ConnectorConfig file) {
    Properties properties = new Properties();
    String prefix = ConnectionConfig.DRIVER_PREFIX;
    file.config()
        .forEach(
            (key, given) -> {
              if (key.startsWith(prefix)) {
                properties.setProperty(key.substring(prefix.length()), given);
              }
            });
    return properties;
  }

  private Password secret(ConnectorConfig file) {
    if (password != null) {
      return new Password(new String(password));
    }
    String fromEnvironment = System.getenv("PGPASSWORD");
    return fromEnvironment != null
        ? new Password(fromEnvironment)
        : value(file, ConnectionConfig.PASSWORD).map(Password::new).orElse(null);
  }

  /**
   * Opens a session.
   *
   * @param role "provider" or "subscriber", for messages
   */
  Connection open(String role) {
    return open(role, connection());
  }

  static Connection open(String role, ConnectionConfig connection) {
    try {
      return new Database(connection).open("pgq-connect command");
    } catch (SQLException e) {
      throw new IllegalStateException(
          ConnectionFailure.explain(role, connection, e).message().replace("database.", "--"), e);
    }
  }
}
