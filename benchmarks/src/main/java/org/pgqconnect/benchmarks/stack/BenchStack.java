/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectSetup;
import org.pgqconnect.local.kafka.JvmOptions;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.local.process.ProjectHome;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Secret;

/**
 * A provider and a subscriber with durable commits, a broker and a worker, and the two connectors
 * as the files in {@code config/} describe them.
 */
public final class BenchStack implements AutoCloseable {
  public static final String PROVIDER = "provider";
  public static final String SUBSCRIBER = "subscriber";

  private static final String DATABASE = "bench";
  private static final String NAME = "bench";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final LocalStack stack;
  private final Settings settings;

  /**
   * What to start.
   *
   * @param postgres {@code 17}, {@code 18} or {@code debian15}
   * @param jvm the worker's
   * @param source keys and values that replace those of config/source.json
   * @param sink likewise
   */
  public record Settings(
      String postgres, JvmOptions jvm, List<String[]> source, List<String[]> sink) {}

  private BenchStack(LocalStack stack, Settings settings) {
    this.stack = stack;
    this.settings = settings;
  }

  public static BenchStack start(Settings settings) throws SQLException {
    ConnectSetup connect = ConnectSetup.defaults().jvm(settings.jvm());
    for (Path directory : Plugins.directories()) {
      connect = connect.plugins(directory);
    }
    PostgresSetup postgres = postgres(settings.postgres());
    LocalStack servers =
        LocalStack.builder()
            .postgres(PROVIDER, postgres, DATABASE)
            .postgres(SUBSCRIBER, postgres, DATABASE)
            .connect(connect)
            .start();
    BenchStack stack = new BenchStack(servers, settings);
    stack.onBoth("roles.sql");
    if (settings.postgres().equals("debian15")) {
      stack.installExtension();
    }
    return stack;
  }

  /** A server as the option names it, with the memory that all workloads have. */
  public static PostgresSetup postgres(String version) {
    return ProviderServers.withMemory(
        version.equals("debian15")
            ? PostgresServer.debian15()
            : PostgresServer.embedded(Integer.parseInt(version)));
  }

  private void installExtension() throws SQLException {
    try (Connection session = open(PROVIDER);
        Statement statement = session.createStatement()) {
      statement.execute("create extension pgq");
      statement.execute("grant pgq_admin to pgq_connect");
    }
  }

  /** Runs a file of this package on provider and subscriber. */
  public void onBoth(String file) throws SQLException {
    for (String name : List.of(PROVIDER, SUBSCRIBER)) {
      try (Connection session = open(name)) {
        Sql.run(session, file);
      }
    }
  }

  /** Replicates tables that hold the same rows on both sides, and waits until changes arrive. */
  public void replicate(List<Sql.Keyed> tables) throws SQLException {
    grant(PROVIDER);
    grant(SUBSCRIBER);
    rest().create(source(tables));
    rest().create(sink());
    rest().waitRunning(source(tables).name(), PATIENCE);
    rest().waitRunning(sink().name(), PATIENCE);
    new Marker(this).awaitSteady();
  }

  private void grant(String name) throws SQLException {
    try (Connection session = open(name)) {
      Sql.run(session, "grants_" + name + ".sql");
    }
  }

  private ConnectorConfig source(List<Sql.Keyed> tables) {
    String names =
        tables.stream().map(table -> ",public\\." + table.name()).collect(Collectors.joining());
    ConnectorConfig config =
        ConnectorConfig.load(ProjectHome.file("config/source.json"))
            .named("bench-source")
            .with("topic.prefix", NAME)
            .with("queue.name", NAME)
            .with("table.include.list", "public\\.bench_marker" + names)
            .with("snapshot.mode", "no_data")
            .with("topic.creation.boundaries.include", NAME + "\\.transaction");
    return with(pointedAt(config, PROVIDER), settings.source());
  }

  private ConnectorConfig sink() {
    ConnectorConfig config =
        ConnectorConfig.load(ProjectHome.file("config/sink.json"))
            .named("bench-sink")
            .with("topic.prefix", NAME)
            .with("topics.regex", NAME + "\\..*");
    return with(pointedAt(config, SUBSCRIBER), settings.sink());
  }

  private static ConnectorConfig with(ConnectorConfig config, List<String[]> overrides) {
    ConnectorConfig result = config;
    for (String[] override : overrides) {
      result = result.with(override[0], override[1]);
    }
    return result;
  }

  private ConnectorConfig pointedAt(ConnectorConfig connector, String name) {
    PostgresServer server = stack.postgres(name);
    return connector
        .with(ConnectionConfig.HOSTNAME, server.host())
        .with(ConnectionConfig.PORT, String.valueOf(server.port()))
        .with(ConnectionConfig.DBNAME, DATABASE)
        .with(ConnectionConfig.USER, "pgq_connect")
        .with(ConnectionConfig.PASSWORD, "secret");
  }

  /** Pauses both connectors; the queue is ticked all the same. */
  public void pause() {
    for (String connector : rest().list()) {
      rest().pause(connector);
      rest().waitState(connector, "PAUSED", PATIENCE);
    }
  }

  /** Lets both continue; returns at once. */
  public void resume() {
    rest().list().forEach(rest()::resume);
  }

  /** Fails with the trace of a connector that has failed. */
  void requireRunning() {
    for (String connector : rest().list()) {
      rest()
          .status(connector)
          .flatMap(status -> status.failure())
          .ifPresent(
              trace -> {
                throw new IllegalStateException("Connector " + connector + " failed: " + trace);
              });
    }
  }

  /** A session of the superuser. */
  public Connection open(String name) throws SQLException {
    PostgresServer server = server(name);
    return new Database(
            new ConnectionConfig(
                server.host(),
                server.port(),
                DATABASE,
                server.user(),
                new Secret(server.password()),
                "disable",
                new java.util.Properties()))
        .openForOthers("benchmark");
  }

  public PostgresServer server(String name) {
    return stack.postgres(name);
  }

  /** Fails unless both sides hold the same rows. */
  public void requireEqual(List<Sql.Keyed> tables) throws SQLException {
    try (Connection provider = open(PROVIDER);
        Connection subscriber = open(SUBSCRIBER)) {
      for (Sql.Keyed table : tables) {
        String expected = Sql.digest(provider, table);
        String found = Sql.digest(subscriber, table);
        if (!expected.equals(found)) {
          throw new IllegalStateException(
              "Table %s differs: provider %s, subscriber %s"
                  .formatted(table.name(), expected, found));
        }
      }
    }
  }

  /** How many bytes of the queue's topics the broker holds, compressed as they are. */
  public long publishedBytes() throws Exception {
    try (Admin admin = stack.kafka().admin()) {
      List<Integer> brokers = admin.describeCluster().nodes().get().stream().map(Node::id).toList();
      return admin.describeLogDirs(brokers).allDescriptions().get().values().stream()
          .flatMap(directories -> directories.values().stream())
          .flatMap(directory -> directory.replicaInfos().entrySet().stream())
          .filter(replica -> replica.getKey().topic().startsWith(NAME + "."))
          .mapToLong(replica -> replica.getValue().size())
          .sum();
    }
  }

  /** Begins to measure what the servers use. */
  public ServerUsage measure() {
    return ServerUsage.start(
        Map.of(
            "worker", stack.worker(0).pid(),
            "broker", stack.kafka().pid(),
            "provider", server(PROVIDER).pid(),
            "subscriber", server(SUBSCRIBER).pid()));
  }

  private ConnectRest rest() {
    return stack.rest();
  }

  /** Where logs are while the stack runs. */
  Path directory() {
    return stack.directory();
  }

  long workerPid() {
    return stack.worker(0).pid();
  }

  @Override
  public void close() {
    stack.close();
  }
}
