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
import java.util.Optional;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.StackDirectory;

/** Debian's {@code pgqd}: the real ticker, on databases of one server. */
public final class PgqDaemon implements AutoCloseable {

  private static final Path PROGRAM = Path.of("/usr/bin/pgqd");
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private final StackDirectory directory;
  private final ChildProcess process;

  private PgqDaemon(StackDirectory directory, ChildProcess process) {
    this.directory = directory;
    this.process = process;
  }

  /** Why it cannot be started here, and what would fix that; empty when it can. */
  public static Optional<String> unavailable() {
    return Files.isExecutable(PROGRAM)
        ? Optional.empty()
        : Optional.of(PROGRAM + " is not here; it comes with: apt-get install pgqd");
  }

  /** Starts it; it finds the schema {@code pgq} within a second of its creation. */
  public static PgqDaemon start(PostgresServer server, String... databases) {
    StackDirectory directory = StackDirectory.create();
    Path ini = directory.path().resolve("pgqd.ini");
    try {
      Files.writeString(ini, ini(server, String.join(",", databases), directory.path()));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + ini, e);
    }
    ProcessBuilder builder = new ProcessBuilder(PROGRAM.toString(), "-v", ini.toString());
    builder.environment().put("PGPASSWORD", server.password());
    ChildProcess process =
        ChildProcess.start(
            "pgqd of " + String.join(", ", databases), builder, log(directory.path()), "KILL");
    return new PgqDaemon(directory, process);
  }

  private static String ini(PostgresServer server, String databases, Path directory) {
    return """
    [pgqd]
    logfile = %s
    pidfile = %s
    base_connstr = host=%s port=%d user=%s
    initial_database = postgres
    database_list = %s
    check_period = 1
    retry_period = 1
    maint_period = 1
    ticker_period = 0.2
    """
        .formatted(
            directory.resolve("pgqd-own.log"),
            directory.resolve("pgqd.pid"),
            server.host(),
            server.port(),
            server.user(),
            databases);
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  public Path log() {
    return log(directory.path());
  }

  /** Its log's path and last lines, for an error message. */
  public String describeLog() {
    return process.describeLog();
  }

  /** Stops it and deletes its files. */
  @Override
  public void close() {
    process.stop("TERM", STOP_TIMEOUT);
    directory.close();
  }

  private static Path log(Path directory) {
    return directory.resolve("pgqd.log");
  }
}
