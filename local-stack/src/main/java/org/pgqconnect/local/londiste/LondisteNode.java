/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.londiste;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.StackDirectory;

/**
 * A node of Londiste 3: Debian's {@code londiste} with a configuration file of its own, on one
 * database and one queue.
 *
 * <p>The copies that its worker starts leave the worker's process group; they are ended when the
 * node is closed, but outlive a JVM that is killed.
 */
public final class LondisteNode implements AutoCloseable {

  private static final Path PROGRAM = Path.of("/usr/bin/londiste");
  private static final Path PSQL = Path.of("/usr/lib/postgresql/15/bin/psql");
  private static final Path NODE_SQL = Path.of("/usr/share/postgresql/15/contrib/pgq_node.sql");
  private static final Path LONDISTE_SQL = Path.of("/usr/share/postgresql/15/contrib/londiste.sql");
  private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private final PostgresServer server;
  private final String database;
  private final String name;
  private final StackDirectory directory;
  private final Path ini;
  private int commands;
  private ChildProcess worker;

  private LondisteNode(PostgresServer server, String database, String queue, String name) {
    this.server = server;
    this.database = database;
    this.name = name;
    this.directory = StackDirectory.create();
    this.ini = file(name + ".ini");
    write(ini, configuration(queue));
  }

  /** Why it cannot be used here, and what would fix that; empty when it can. */
  public static Optional<String> unavailable() {
    return Stream.of(
            missing(PROGRAM, "python3-londiste"),
            missing(PSQL, "postgresql-client-15"),
            missing(NODE_SQL, "postgresql-15-pgq-node"),
            missing(LONDISTE_SQL, "postgresql-15-londiste-sql"))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** A node still to be created in the database, as by {@code run("create-root", ...)}. */
  public static LondisteNode of(PostgresServer server, String database, String queue, String name) {
    return new LondisteNode(server, database, queue, name);
  }

  /**
   * Puts the schemas {@code pgq_node} and {@code londiste} there from Debian's SQL files. Londiste
   * itself would make extensions of them, and they depend on the extension {@code pgq}.
   */
  public void installSql() {
    for (Path sql : List.of(NODE_SQL, LONDISTE_SQL)) {
      complete(
          "psql -f " + sql.getFileName(),
          List.of(
              PSQL.toString(),
              "--no-psqlrc",
              "--set=ON_ERROR_STOP=1",
              "--single-transaction",
              "--file=" + sql,
              location()));
    }
  }

  /**
   * Runs {@code londiste <ini> <arguments>} to its end.
   *
   * @return what it printed, its log lines included
   * @throws IllegalStateException if its exit code is not 0; the message has what it printed
   */
  public String run(String... arguments) {
    return complete("londiste " + String.join(" ", arguments), londiste(arguments));
  }

  /** Starts the worker in the background. */
  public void startWorker() {
    worker =
        ChildProcess.start(
            "Londiste's worker of " + name, builder(londiste("worker")), workerLog(), "KILL");
  }

  /** Ends the worker in good order; it can be started again. */
  public void stopWorker() {
    worker.stop("INT", STOP_TIMEOUT);
  }

  /** Signal 9 for the worker. */
  public void killWorker() {
    worker.kill();
  }

  public boolean isWorkerRunning() {
    return worker != null && worker.isAlive();
  }

  /** How others connect to the node's database, as libpq takes it; the password is not in it. */
  public String location() {
    return "host=%s port=%d user=%s dbname=%s"
        .formatted(server.host(), server.port(), server.user(), database);
  }

  public String name() {
    return name;
  }

  /** The path of the worker's log and its last lines, for an error message. */
  public String describeLog() {
    return worker == null ? "The worker of " + name + " was not started." : worker.describeLog();
  }

  /** Ends the worker and its copies, and deletes their files. */
  @Override
  public void close() {
    if (worker != null) {
      stopWorker();
    }
    copies().forEach(ProcessHandle::destroyForcibly);
    directory.close();
  }

  private List<ProcessHandle> copies() {
    try (Stream<Path> files = Files.list(directory.path())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(name + ".pid"))
          .flatMap(file -> process(file).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + directory.path(), e);
    }
  }

  /** The process of a pid file, unless the number belongs to a stranger by now. */
  private Optional<ProcessHandle> process(Path pidFile) {
    try {
      long pid = Long.parseLong(Files.readString(pidFile).strip());
      String command = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      return command.contains(ini.toString()) ? ProcessHandle.of(pid) : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      // It ended meanwhile and took its file with it.
      return Optional.empty();
    }
  }

  private String complete(String what, List<String> command) {
    commands++;
    Path log = file("command-" + commands + ".log");
    ChildProcess.start(what + " of " + name, builder(command), log, "KILL")
        .complete(COMMAND_TIMEOUT);
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + log, e);
    }
  }

  private List<String> londiste(String... arguments) {
    return Stream.concat(Stream.of(PROGRAM.toString(), ini.toString()), Stream.of(arguments))
        .toList();
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    // For every connection that it makes, those to other nodes included.
    builder.environment().put("PGPASSWORD", server.password());
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    return builder;
  }

  private String configuration(String queue) {
    return """
    [londiste]
    job_name = %s_worker
    db = %s
    queue_name = %s
    logfile = %s
    pidfile = %s
    loop_delay = 0.1
    lock_timeout = 60
    """
        .formatted(name, location(), queue, file(name + "-own.log"), file(name + ".pid"));
  }

  private Path workerLog() {
    return file("worker.log");
  }

  private Path file(String fileName) {
    return directory.path().resolve(fileName);
  }

  private static void write(Path file, String content) {
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }

  private static Optional<String> missing(Path file, String debianPackage) {
    return Files.exists(file)
        ? Optional.empty()
        : Optional.of(
            "%s is not here; it comes with: apt-get install %s".formatted(file, debianPackage));
  }
}
