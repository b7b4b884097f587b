/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectSetup;
import org.pgqconnect.local.kafka.JvmOptions;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.process.ProjectHome;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Secret;
import org.pgqconnect.postgres.Session;

/**
 * The demo's servers: a provider, two subscribers, a broker and a worker, with the roles that an
 * operator would make: one that owns the bank's tables, and one that replicates and owns nothing.
 */
final class DemoStack implements AutoCloseable {
  static final String PROVIDER = "provider";
  static final List<String> SUBSCRIBERS = List.of("subscriber1", "subscriber2");

  private static final String DATABASE = "bank";
  private static final String OWNER = "bank_app";
  private static final String REPLICATOR = "pgq_connect";
  private static final String SECRET = "secret";

  private static final String ROLES =
      """
      create role bank_app login password 'secret';
      create role pgq_connect login password 'secret';
      grant create on database bank to pgq_connect;
      grant create on schema public to bank_app;\
      """;

  private static final String PROVIDER_GRANTS =
      "grant select, trigger on accounts, transfers, ledger to pgq_connect";

  private static final String SUBSCRIBER_GRANTS =
      """
      grant select, insert, update, delete, truncate on accounts, transfers, ledger to pgq_connect;
      grant set on parameter session_replication_role to pgq_connect;\
      """;

  private final LocalStack stack;

  private DemoStack(LocalStack stack) {
    this.stack = stack;
  }

  /** Starts the servers and creates the bank's tables on each database. */
  static DemoStack start(int postgresMajor) throws SQLException {
    LocalStack.Builder builder = LocalStack.builder();
    for (String name : names()) {
      builder.postgres(name, PostgresServer.embedded(postgresMajor), DATABASE);
    }
    ConnectSetup connect = ConnectSetup.defaults().jvm(JvmOptions.heap("768m"));
    for (Path directory : pluginDirectories()) {
      connect = connect.plugins(directory);
    }
    DemoStack demo = new DemoStack(builder.connect(connect).start());
    for (String name : names()) {
      demo.prepare(name);
    }
    return demo;
  }

  static List<String> names() {
    return Stream.concat(Stream.of(PROVIDER), SUBSCRIBERS.stream()).toList();
  }

  /** Where the build put the plugins, as they would lie in a worker's plugin.path. */
  static List<Path> pluginDirectories() {
    return Stream.of("source", "sink")
        .map(side -> pluginDirectory(ProjectHome.file(side + "-connector/target"), side))
        .toList();
  }

  private static Path pluginDirectory(Path target, String side) {
    try (Stream<Path> entries = Files.list(target)) {
      return entries
          .filter(path -> path.getFileName().toString().endsWith("-plugin"))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "The %s plugin is not built: %s has no *-plugin directory. Build it: mvn -DskipTests package"
                          .formatted(side, target)));
    } catch (IOException e) {
      throw new UncheckedIOException("The " + side + " plugin is not built: run mvn package", e);
    }
  }

  private void prepare(String name) throws SQLException {
    try (Connection connection = stack.postgres(name).connect(DATABASE)) {
      Session session = new Session(connection);
      session.execute(ROLES);
      try (Connection application = open(name)) {
        Bank.createTables(application);
      }
      session.execute(name.equals(PROVIDER) ? PROVIDER_GRANTS : SUBSCRIBER_GRANTS);
    }
  }

  /** A session of the bank's application. */
  Connection open(String name) throws SQLException {
    return database(stack.postgres(name), OWNER, SECRET).openForOthers("bank");
  }

  /** A session that may look at everything, for the demo's own questions. */
  Connection openAsOperator(String name) throws SQLException {
    PostgresServer server = stack.postgres(name);
    return database(server, server.user(), server.password()).openForOthers("demo");
  }

  private Database database(PostgresServer server, String user, String password) {
    return new Database(
        new ConnectionConfig(
            server.host(),
            server.port(),
            DATABASE,
            user,
            new Secret(password),
            "disable",
            new Properties()));
  }

  /** The operator's file for the source, pointed at the demo's provider. */
  ConnectorConfig source() {
    return pointedAt(ConnectorConfig.load(ProjectHome.file("config/source.json")), PROVIDER);
  }

  /** The operator's file for a sink, pointed at one of the demo's subscribers. */
  ConnectorConfig sink(String subscriber) {
    ConnectorConfig file = ConnectorConfig.load(ProjectHome.file("config/sink.json"));
    return pointedAt(file.named("bank-" + subscriber), subscriber);
  }

  private ConnectorConfig pointedAt(ConnectorConfig connector, String name) {
    PostgresServer server = stack.postgres(name);
    return connector
        .with(ConnectionConfig.HOSTNAME, server.host())
        .with(ConnectionConfig.PORT, String.valueOf(server.port()))
        .with(ConnectionConfig.DBNAME, DATABASE)
        .with(ConnectionConfig.USER, REPLICATOR)
        .with(ConnectionConfig.PASSWORD, SECRET);
  }

  /** Posts a connector and waits until it runs. */
  void deploy(ConnectorConfig connector) {
    rest().create(connector);
    rest().waitRunning(connector.name(), Duration.ofSeconds(60));
  }

  ConnectRest rest() {
    return stack.rest();
  }

  /** A command line that opens psql on one of the databases. */
  String psql(String name) {
    PostgresServer server = stack.postgres(name);
    return "PGPASSWORD=%s psql -h %s -p %d -U %s %s"
        .formatted(server.password(), server.host(), server.port(), server.user(), DATABASE);
  }

  String kafka() {
    return stack.kafka().bootstrapServers();
  }

  Path directory() {
    return stack.directory();
  }

  @Override
  public void close() {
    stack.close();
  }
}
