package org.pgqconnect.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.apache.kafka.common.config.types.Password;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
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
      description = "A connector's JSON file: its database.*, queue.name and topic.prefix are used.")
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
      description = "Ask for the password. Without it, $PGPASSWORD or the file's is used.")
  private char[] password;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** The connector's file, or an empty one. */
  ConnectorFile file() {
    return config == null ? ConnectorFile.empty() : ConnectorFile.read(config);
  }

  /** Where the database is. */
  ConnectionConfig connection() {
    ConnectorFile file = file();
    return new ConnectionConfig(
        required("--host", host, file, ConnectionConfig.HOSTNAME),
        port != null ? port : Integer.parseInt(file.get(ConnectionConfig.PORT).orElse("5432")),
        required("--dbname", dbname, file, ConnectionConfig.DBNAME),
        required("--user", user, file, ConnectionConfig.USER),
        secret(file),
        file.get(ConnectionConfig.SSL_MODE).orElse("prefer"),
        file.withPrefix(ConnectionConfig.DRIVER_PREFIX));
  }

  private String required(String option, String given, ConnectorFile file, String key) {
    if (given != null) {
      return given;
    }
    return file.get(key)
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "Which database? Give %s, or --config with a connector's file that has %s"
                        .formatted(option, key)));
  }

  private Password secret(ConnectorFile file) {
    if (password != null) {
      return new Password(new String(password));
    }
    String fromEnvironment = System.getenv("PGPASSWORD");
    return fromEnvironment != null
        ? new Password(fromEnvironment)
        : file.get(ConnectionConfig.PASSWORD).map(Password::new).orElse(null);
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
