/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.FreePorts;
import org.pgqconnect.local.process.ServiceUser;
import org.pgqconnect.local.process.TcpProxy;

/**
 * A PostgreSQL server on 127.0.0.1, and where setting {@code listen_addresses} names more, that can
 * go down and come back on the same port with the same data. Its superuser {@code postgres} has a
 * password that is really checked.
 */
public final class PostgresServer implements AutoCloseable {

  private static final Duration INITDB_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final String SUPERUSER = "postgres";
  private static final String PASSWORD = "local-secret";

  private final PostgresSetup setup;
  private final Path home;
  private final AutoCloseable owned;
  private final ServiceUser user = ServiceUser.find();
  private final int port = FreePorts.take();
  private final Path bin;
  private final Map<String, String> settings;
  private ChildProcess process;

  private PostgresServer(PostgresSetup setup, Path home, AutoCloseable owned) {
    this.setup = setup;
    this.home = home;
    this.owned = owned;
    this.bin = setup.installation().bin();
    this.settings = new TreeMap<>(setup.settings());
  }

  /** PostgreSQL 17 or 18 from the resources of this module. */
  public static PostgresSetup embedded(int major) {
    return new PostgresSetup(new PostgresInstallation.Embedded(major), Map.of());
  }

  /** Debian's PostgreSQL 15 with the real {@code pgq} extension; ask whether it is available. */
  public static PostgresSetup debian15() {
    return new PostgresSetup(new PostgresInstallation.Debian(15), Map.of());
  }

  /** A server still to be started, in {@code home}; {@code owned} is closed with it. */
  public static PostgresServer prepare(PostgresSetup setup, Path home, AutoCloseable owned) {
    setup
        .unavailable()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(setup.installation() + " cannot start: " + reason);
            });
    return new PostgresServer(setup, home, owned);
  }

  public String host() {
    return "127.0.0.1";
  }

  public int port() {
    return port;
  }

  public String user() {
    return SUPERUSER;
  }

  public String password() {
    return PASSWORD;
  }

  public String jdbcUrl(String database) {
    return jdbcUrl(database, port);
  }

  /** The URL by way of another port, as that of a {@link TcpProxy}. */
  public String jdbcUrl(String database, int otherPort) {
    return "jdbc:postgresql://%s:%d/%s".formatted(host(), otherPort, database);
  }

  /** A new connection as superuser. */
  public Connection connect(String database) throws SQLException {
    return connect(database, SUPERUSER, PASSWORD);
  }

  /** A new connection as some other role. */
  public Connection connect(String database, String role, String password) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database), role, password);
  }

  /** Creates an empty database and returns its name. */
  public String createDatabase(String name) {
    try (Connection connection = connect("postgres");
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
      return name;
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot create database " + name + " on " + this, e);
    }
  }

  /** Changes postgresql.conf; holds from the next start. */
  public void set(String setting, String value) {
    settings.put(setting, value);
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** The process id of the postmaster of the last start. */
  public long pid() {
    return process.pid();
  }

  public Path log() {
    return home.resolve("server.log");
  }

  /** Starts it on the same port and data as before, and waits until it takes connections. */
  public void start() {
    if (isRunning()) {
      return;
    }
    if (Files.notExists(data())) {
      initialize();
    }
    configure();
    process =
        ChildProcess.start(
            "PostgreSQL on port " + port,
            builder("postgres", "-D", data().toString()),
            log(),
            "QUIT");
    Await.atMost(START_TIMEOUT, this + " to take connections")
        .unless(process::ended)
        .until(this::answers);
  }

  /** Ends all sessions and stops ("fast" shutdown). */
  public void stop() {
    process.stop("INT", STOP_TIMEOUT);
  }

  /** Signal 9 for the postmaster and every backend, as a power cut would. */
  public void kill() {
    process.kill();
  }

  /** Stops and starts it again. */
  public void restart() {
    stop();
    start();
  }

  /**
   * Puts the upper half of the transaction ids that will be given out next, as if another server
   * had these data; the server must be stopped. For servers that come with {@code pg_resetwal}
   * only.
   */
  public void setTransactionEpoch(int epoch) {
    complete("pg_resetwal", "--epoch=" + epoch, "--pgdata=" + data());
  }

  /**
   * Writes a database into an archive among the server's files; for servers that come with {@code
   * pg_dump} only.
   */
  public Path dump(String database) {
    Path archive = home.resolve(database + ".dump");
    client("pg_dump", "--format=custom", "--file=" + archive, database);
    return archive;
  }

  /**
   * Reads an archive into an empty database; for servers that come with {@code pg_restore} only.
   */
  public void restore(String database, Path archive) {
    client("pg_restore", "--exit-on-error", "--dbname=" + database, archive.toString());
  }

  private void client(String program, String... arguments) {
    List<String> all =
        new java.util.ArrayList<>(
            List.of("--host=" + host(), "--port=" + port, "--username=" + SUPERUSER));
    all.addAll(List.of(arguments));
    complete(program, all.toArray(String[]::new));
  }

  private void complete(String program, String... arguments) {
    ProcessBuilder builder = builder(program, arguments);
    builder.environment().put("PGPASSWORD", PASSWORD);
    ChildProcess.start(program + " of " + this, builder, log(), "KILL").complete(INITDB_TIMEOUT);
  }

  @Override
  public void close() {
    if (process != null) {
      stop();
    }
    try {
      owned.close();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot delete the files of " + this, e);
    }
  }

  @Override
  public String toString() {
    return setup.installation() + " on " + host() + ":" + port;
  }

  private Path data() {
    return home.resolve("data");
  }

  private void initialize() {
    user.own(home);
    Path password = home.resolve("password");
    write(password, PASSWORD);
    ChildProcess.start(
            "initdb of " + this,
            builder(
                "initdb",
                "--pgdata=" + data(),
                "--username=" + SUPERUSER,
                "--pwfile=" + password,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync"),
            log(),
            "KILL")
        .complete(INITDB_TIMEOUT);
    append(data().resolve("postgresql.conf"), "include = '../local.conf'\n");
  }

  private void configure() {
    Map<String, String> all = new TreeMap<>(settings);
    all.putIfAbsent("listen_addresses", host());
    all.put("port", Integer.toString(port));
    all.put("unix_socket_directories", "");
    all.putIfAbsent("log_line_prefix", "%m [%p] %q%u@%d ");
    write(
        home.resolve("local.conf"),
        all.entrySet().stream()
            .map(e -> "%s = '%s'%n".formatted(e.getKey(), e.getValue().replace("'", "''")))
            .collect(Collectors.joining()));
  }

  private ProcessBuilder builder(String program, String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of(bin.resolve(program).toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(user.command(command));
    builder.directory(home.toFile());
    // The locale of this JVM's environment need not exist for the server.
    builder.environment().keySet().removeIf(key -> key.startsWith("LC_") || key.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  private boolean answers() throws SQLException {
    try (Connection connection = connect("postgres")) {
      return connection.isValid(0);
    }
  }

  private void write(Path file, String content) {
    try {
      Files.writeString(file, content);
      user.own(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }

  private static void append(Path file, String content) {
    try {
      Files.writeString(file, content, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }
}
