/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.options;

import java.io.Console;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Secret;
import org.pgqconnect.postgres.SqlState;
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
public final class ConnectionOptions {
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
          "Ask for the password. Without it, the file's is used, or $PGPASSWORD when there is no"
              + " file or --user names another role.")
  private char[] password;

  @Option(names = "--sslmode", paramLabel = "MODE", description = "TLS mode, as libpq's.")
  private String sslMode;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description =
          "Instead of --config: the connector with this topic.prefix, whose configuration the"
              + " worker of --connect is asked for.")
  private String prefix;

  @Option(
      names = "--connect",
      paramLabel = "URL",
      defaultValue = ConnectOption.DEFAULT,
      description = "With --prefix: REST API of a Connect worker. Default: ${DEFAULT-VALUE}.")
  private String connect;

  private ConnectorConfig found;
  private String subscription;
  private String consumer;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Of several sink connectors with the prefix, that of this subscription is meant. */
  public void ofSubscription(String name) {
    subscription = name;
  }

  /**
   * The command is about this consumer in PgQ, which may be another connector's than the file's.
   */
  public void ofConsumer(String name) {
    consumer = name;
  }

  /** The connector's file, or what the worker has of it; empty when neither is given. */
  public ConnectorConfig file() {
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
        : ConnectorSearch.withPrefix(
            ConnectOption.rest(connect), connectorClass(), prefix, subscription);
  }

  /** The options as they were given; the password is asked for where it was. */
  public List<String> given() {
    List<String> given = new ArrayList<>();
    option(given, "--config", config);
    option(given, "--prefix", prefix);
    option(given, "--connect", prefix == null ? null : connect);
    option(given, "--host", host);
    option(given, "--port", port);
    option(given, "--dbname", dbname);
    option(given, "--user", user);
    option(given, "--sslmode", sslMode);
    if (password != null) {
      given.add("--password");
    }
    return given;
  }

  private static void option(List<String> given, String name, Object value) {
    if (value != null) {
      given.addAll(Remedy.option(name, value.toString()));
    }
  }

  private String connectorClass() {
    boolean subscriber = command.commandLine().getParent().getCommandName().equals("subscriber");
    return subscriber ? PgqSinkConnector.class.getName() : PgqSourceConnector.class.getName();
  }

  /** Where the database is. */
  public ConnectionConfig connection() {
    return target().connection();
  }

  /** Commands about the same queue, reached in the same way, and requests about the connector. */
  public Remedy remedy(String queue) {
    return named(
        config == null
            ? Remedy.provider(connection(), queue)
            : Remedy.ofFile(config.toString(), queue));
  }

  /** Requests about the connector, once it is loaded, for a command that is about no queue. */
  Remedy remedy() {
    return found == null ? Remedy.incomplete() : named(Remedy.incomplete());
  }

  private Remedy named(Remedy remedy) {
    ConnectorConfig file = file();
    FileValues values = FileValues.of(file);
    boolean another =
        consumer != null && !consumer.equals(values.consumer())
            || subscription != null && !subscription.equals(values.subscription());
    return file.config().isEmpty() || another ? remedy : remedy.ofConnector(file.name());
  }

  /**
   * A database and what its values are called where the operator gave them.
   *
   * @param passwordFrom where the password is to be corrected
   */
  private record Target(ConnectionConfig connection, String passwordFrom) {}

  private Target target() {
    ConnectorConfig file = file();
    FileValues values = new FileValues(file, System::getenv);
    String server = required("--host", host, values, ConnectionConfig.HOSTNAME);
    String role = required("--user", user, values, ConnectionConfig.USER);
    FileValues.Secret secret =
        password != null
            ? new FileValues.Secret(new String(password), "--password")
            : values.password(role);
    return new Target(
        new ConnectionConfig(
            server,
            port != null ? port : port(file, values),
            required("--dbname", dbname, values, ConnectionConfig.DBNAME),
            role,
            secret.value() == null ? null : new Secret(secret.value()),
            sslMode != null ? sslMode : values.get(ConnectionConfig.SSL_MODE).orElse("prefer"),
            driverProperties(file, values)),
        secret.origin());
  }

  private static Target target(ConnectorConfig file) {
    FileValues values = new FileValues(file, System::getenv);
    String role = required(file, values, ConnectionConfig.USER);
    FileValues.Secret secret = values.password(role);
    return new Target(
        new ConnectionConfig(
            required(file, values, ConnectionConfig.HOSTNAME),
            port(file, values),
            required(file, values, ConnectionConfig.DBNAME),
            role,
            secret.value() == null ? null : new Secret(secret.value()),
            values.get(ConnectionConfig.SSL_MODE).orElse("prefer"),
            driverProperties(file, values)),
        secret.origin());
  }

  /** The database of a connector's file. */
  public static ConnectionConfig connection(ConnectorConfig file) {
    return target(file).connection();
  }

  private static int port(ConnectorConfig file, FileValues values) {
    String text = values.get(ConnectionConfig.PORT).orElse("5432");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The file of connector \"%s\" has %s \"%s\": it must be a port's number, as 5432"
              .formatted(file.name(), ConnectionConfig.PORT, text),
          e);
    }
  }

  private static String required(ConnectorConfig file, FileValues values, String key) {
    return values
        .get(key)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The file of connector \"%s\" has no %s: add it".formatted(file.name(), key)));
  }

  private String required(String option, String given, FileValues values, String key) {
    if (given != null) {
      return given;
    }
    return values
        .get(key)
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "Which database? Give %s, or --config with a connector's file that has %s"
                        .formatted(option, key)));
  }

  private static Properties driverProperties(ConnectorConfig file, FileValues values) {
    Properties properties = new Properties();
    String prefix = ConnectionConfig.DRIVER_PREFIX;
    for (String key : file.config().keySet()) {
      if (key.startsWith(prefix)) {
        properties.setProperty(key.substring(prefix.length()), values.get(key).orElseThrow());
      }
    }
    return properties;
  }

  /**
   * Opens a session.
   *
   * @param role "provider" or "subscriber", for messages
   */
  public Connection open(String role) {
    Target target;
    try {
      target = target();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(inOptions(e.getMessage()), e);
    }
    try {
      return session(target.connection());
    } catch (SQLException e) {
      ConnectionConfig prompted = prompted(target, e);
      if (prompted == null) {
        throw failed(role, target, e);
      }
      try {
        return session(prompted);
      } catch (SQLException again) {
        throw failed(role, new Target(prompted, "--password"), again);
      }
    }
  }

  /** With the password that a user at a terminal types, when the server wants one. */
  private ConnectionConfig prompted(Target target, SQLException failure) {
    Console console = System.console();
    ConnectionConfig tried = target.connection();
    boolean asked =
        SqlState.is(failure, SqlState.INVALID_PASSWORD)
            || String.valueOf(failure.getMessage()).contains("no password was provided");
    if (tried.password() != null || console == null || !asked) {
      return null;
    }
    char[] typed = console.readPassword("Password for role %s: ", tried.user());
    return typed == null
        ? null
        : new ConnectionConfig(
            tried.host(),
            tried.port(),
            tried.database(),
            tried.user(),
            new Secret(new String(typed)),
            tried.sslMode(),
            tried.driver());
  }

  private StopException failed(String role, Target target, SQLException failure) {
    return new StopException(inOptions(message(role, target, failure)), failure);
  }

  /** Values that came from options are called by these. */
  private String inOptions(String message) {
    String text = message;
    text = host == null ? text : text.replace(ConnectionConfig.HOSTNAME, "--host");
    text = dbname == null ? text : text.replace(ConnectionConfig.DBNAME, "--dbname");
    return user == null ? text : text.replace(ConnectionConfig.USER, "--user");
  }

  public static Connection open(String role, ConnectorConfig file) {
    Target target = target(file);
    try {
      return session(target.connection());
    } catch (SQLException e) {
      throw new StopException(message(role, target, e), e);
    }
  }

  private static Connection session(ConnectionConfig connection) throws SQLException {
    return new Database(connection).open("pgq-connect command");
  }

  private static String message(String role, Target target, SQLException failure) {
    ConnectionConfig tried = target.connection();
    if (tried.password() == null
        && String.valueOf(failure.getMessage()).contains("no password was provided")) {
      return ("The %s %s wants a password for role \"%s\" and none was given: set $%s, or ask for"
              + " it with --password")
          .formatted(role, tried.address(), tried.user(), FileValues.PGPASSWORD);
    }
    return ConnectionFailure.explain(role, tried, failure)
        .message()
        .replace(ConnectionConfig.PASSWORD, target.passwordFrom());
  }
}
