/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.clients;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.source.engine.EngineChoice;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.EngineKind;

/**
 * The servers on which PgQ's clients meet the built-in engine, started once a JVM; their autovacuum
 * is off, so that maintenance has tables to vacuum.
 */
enum ClientServer {
  POSTGRES_18(PostgresServer.embedded(18)),
  /** The extension is offered here, and not used. */
  DEBIAN_15(PostgresServer.debian15());

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final PostgresSetup setup;
  private PostgresServer running;

  ClientServer(PostgresSetup setup) {
    this.setup = setup.notDurable().setting("autovacuum", "off");
  }

  static void skipWithout(Optional<String> unavailable) {
    unavailable.ifPresent(reason -> assumeTrue(false, "skipped: " + reason));
  }

  synchronized PostgresServer server() {
    skipWithout(setup.unavailable());
    if (running == null) {
      running = setup.start();
      Runtime.getRuntime().addShutdownHook(new Thread(running::close));
    }
    return running;
  }

  /** A server for a test that stops it. */
  PostgresServer ownServer() {
    skipWithout(setup.unavailable());
    return setup.start();
  }

  /** A new database on that server, with the built-in engine. */
  static String newDatabase(PostgresServer server) throws SQLException {
    String name = server.createDatabase("clients_" + NUMBER.incrementAndGet());
    try (Connection connection = server.connect(name)) {
      EngineKind kind = new EngineInstaller().install(connection, EngineChoice.BUILT_IN).kind();
      if (kind != EngineKind.BUILT_IN) {
        throw new IllegalStateException("The engine under test is not the built-in one: " + kind);
      }
    }
    return name;
  }

  /** Runs statements as superuser. */
  static void run(PostgresServer server, String database, String sql) throws SQLException {
    try (Connection connection = connect(server, database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row. */
  static String text(PostgresServer server, String database, String sql) throws SQLException {
    try (Connection connection = connect(server, database);
        Statement statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  private static Connection connect(PostgresServer server, String database) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(database), server.user(), server.password());
  }
}
