/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.londiste;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.StackDirectory;

/** A Python program on Debian's {@code python3-pgq}: a consumer with a configuration of its own. */
public final class PythonConsumer implements AutoCloseable {

  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final Path LIBRARY = Path.of("/usr/lib/python3/dist-packages/pgq/__init__.py");
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private final String name;
  private final StackDirectory directory;
  private final ProcessBuilder builder;
  private ChildProcess process;

  private PythonConsumer(String name, StackDirectory directory, ProcessBuilder builder) {
    this.name = name;
    this.directory = directory;
    this.builder = builder;
  }

  /** Why it cannot be used here, and what would fix that; empty when it can. */
  public static Optional<String> unavailable() {
    return Files.exists(LIBRARY)
        ? Optional.empty()
        : Optional.of(LIBRARY + " is not here; it comes with: apt-get install python3-pgq");
  }

  /**
   * Starts the program with one argument, the path of an ini file with section {@code [name]}: its
   * {@code job_name}, {@code db}, {@code queue_name}, {@code loop_delay} and {@code more} lines.
   *
   * @param program the text of the program
   * @param more further lines of the ini file; {@code %s} stands for the consumer's directory
   */
  public static PythonConsumer start(
      PostgresServer server,
      String database,
      String queue,
      String name,
      String program,
      String... more) {
    StackDirectory directory = StackDirectory.create();
    Path script = directory.path().resolve("consumer.py");
    Path ini = directory.path().resolve("consumer.ini");
    String common =
        """
        [%s]
        job_name = %s
        db = host=%s port=%d user=%s dbname=%s
        queue_name = %s
        pidfile = %s
        loop_delay = 0.1
        """
            .formatted(
                name,
                name,
                server.host(),
                server.port(),
                server.user(),
                database,
                queue,
                directory.path().resolve("consumer.pid"));
    try {
      Files.writeString(script, program);
      Files.writeString(
          ini, common + String.join("\n", more).replace("%s", directory.path().toString()) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + script + " or " + ini, e);
    }
    ProcessBuilder builder =
        new ProcessBuilder(List.of(PYTHON.toString(), script.toString(), ini.toString()));
    builder.environment().put("PGPASSWORD", server.password());
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    PythonConsumer consumer = new PythonConsumer(name, directory, builder);
    consumer.start();
    return consumer;
  }

  /** Starts it again, with the same files, after it was killed. */
  public void start() {
    process = ChildProcess.start("consumer " + name, builder, log(), "KILL");
  }

  /** Signal 9. */
  public void kill() {
    process.kill();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** Why it is pointless to wait for it, with the end of its log; empty while it lives. */
  public Optional<String> ended() {
    return process.ended();
  }

  /** The lines of a file that the program wrote in its directory; none when there is no file. */
  public List<String> lines(String fileName) {
    Path file = directory.path().resolve(fileName);
    try {
      return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  /** Writes a file in its directory: these lines. */
  public void write(String fileName, String... lines) {
    Path file = directory.path().resolve(fileName);
    try {
      Files.write(file, List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file, e);
    }
  }

  /** The path of its log and its last lines, for an error message. */
  public String describeLog() {
    return process.describeLog();
  }

  /** Ends it and deletes its files. */
  @Override
  public void close() {
    process.stop("INT", STOP_TIMEOUT);
    directory.close();
  }

  private Path log() {
    return directory.path().resolve("consumer.log");
  }
}
