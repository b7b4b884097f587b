/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgqconnect.local.postgres.PostgresServer;

/** A fresh database on a PostgreSQL that all tests of a JVM share. */
public final class TestDatabase implements AutoCloseable {
  /** What older servers do not know, and the first major version that does. */
  private static final Map<String, Integer> SINCE =
      Map.of(
          "NULLS NOT DISTINCT",
          15,
          "WITHOUT OVERLAPS",
          18,
          "NOT NULL n NOT VALID",
          18,
          "VIRTUAL",
          18);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  public final String name;
  private final Connection connection;

  public TestDatabase() {
    this("");
  }

  /**
   * @param clauses what CREATE DATABASE says after the name
   */
  public TestDatabase(String clauses) {
    try {
      name = "db" + NUMBER.incrementAndGet();
      try (Connection admin = connect("postgres", "postgres")) {
        execute(admin, "CREATE DATABASE " + name + " " + clauses);
      }
      connection = connect(name, "postgres");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  public static int port() {
    return TestServer.shared().port();
  }

  /** The server's major version, which property {@code pgqconnect.it.postgres} chooses. */
  public static int major() {
    try (Connection admin = connect("postgres", "postgres")) {
      return admin.getMetaData().getDatabaseMajorVersion();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Skips the test on a server that is too old for something in this SQL; null has nothing. */
  public static void assumeKnows(String sql) {
    SINCE.forEach(
        (syntax, since) -> {
          if (sql != null && sql.contains(syntax)) {
            assumeAtLeast(since, "it has no " + syntax);
          }
        });
  }

  /** Skips the test on a server that is older than this major version. */
  public static void assumeAtLeast(int since, String reason) {
    int major = major();
    assumeTrue(major >= since, "skipped on PostgreSQL " + major + ": " + reason);
  }

  private static Connection connect(String database, String user) throws SQLException {
    return TestServer.shared().connect(database, user, password(user));
  }

  /** A role's password: its name, unless it is the server's superuser. */
  public static String password(String role) {
    PostgresServer server = TestServer.shared();
    return role.equals(server.user()) ? server.password() : role;
  }

  public Connection connectAs(String user) throws SQLException {
    return connect(name, user);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  public void run(String sql) {
    try {
      execute(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Makes sure that there is a role {@code plain}, which may install but has no rights besides. */
  public void createPlainRole() {
    run(
        """
        DO $$ BEGIN
          CREATE ROLE plain LOGIN PASSWORD 'plain';
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$\
        """);
    run("GRANT CREATE ON DATABASE " + name + " TO plain");
  }

  /** The same, which may read and write all tables that are there. */
  public void createPlainWriter() {
    createPlainRole();
    run("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain");
  }

  /** The rows of a query, each as its columns' text joined by bars. */
  public List<String> rows(String sql) {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      int columns = row.getMetaData().getColumnCount();
      while (row.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          values.add(String.valueOf(row.getString(i)));
        }
        rows.add(String.join("|", values));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  public String value(String sql) {
    return rows(sql).get(0);
  }

  /** A connector configuration for this database; a role that is named logs in. */
  public Map<String, String> config(String... more) {
    Map<String, String> config = new HashMap<>();
    config.put("name", "test-sink");
    config.put("topic.prefix", TestQueue.PREFIX);
    config.put("topics.regex", "bank\\..*");
    config.put("database.hostname", "127.0.0.1");
    config.put("database.port", Integer.toString(port()));
    config.put("database.dbname", name);
    config.put("database.user", "postgres");
    config.put("retry.backoff.ms", "50");
    for (int i = 0; i < more.length; i += 2) {
      config.put(more[i], more[i + 1]);
    }
    config.putIfAbsent("database.password", password(config.get("database.user")));
    return config;
  }

  @Override
  public void close() {
    try {
      connection.close();
      try (Connection admin = connect("postgres", "postgres")) {
        execute(admin, "DROP DATABASE " + name + " WITH (FORCE)");
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
