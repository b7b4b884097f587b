/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.it;

import static org.pgqconnect.it.Replication.scalar;
import static org.pgqconnect.it.Replication.sql;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.pgqconnect.local.PgqDaemon;
import org.pgqconnect.local.PostgresServer;

/**
 * Londiste 3 as Debian ships it, on a test's databases: the provider is the root, the first
 * subscriber a leaf, {@code pgqd} ticks.
 */
final class LondistePair implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/bin/londiste");
  private static final int COMMAND_SECONDS = 60;

  private final Replication replication;
  private final Path directory;
  private final Map<String, Process> workers = new HashMap<>();
  private PgqDaemon pgqd;

  private LondistePair(Replication replication) throws IOException {
    this.replication = replication;
    this.directory = Files.createTempDirectory("londiste");
  }

  /** Why it cannot be started here; empty when it can. */
  static Optional<String> unavailable() {
    return Files.isExecutable(PROGRAM)
        ? PgqDaemon.unavailable()
        : Optional.of(
            PROGRAM
                + " is not here; it comes with: apt-get install python3-londiste"
                + " postgresql-15-londiste-sql postgresql-15-pgq-node");
  }

  /** Creates both nodes and starts their workers. */
  static LondistePair start(Replication replication) throws Exception {
    LondistePair pair = new LondistePair(replication);
    PostgresServer provider = replication.place().provider();
    pair.pgqd = PgqDaemon.start(provider, replication.providerDatabase());
    String root = location(provider, replication.providerDatabase());
    String leaf = location(replication.place().subscriber(), replication.subscriberDatabase());
    pair.ini("root", root);
    pair.ini("leaf", leaf);
    pair.run("root", "create-root", "root", root);
    // As often as a test wants it; by default every three seconds.
    sql(
        replication.provider(),
        """
        select pgq.set_queue_config('%1$s', 'ticker_max_lag', '200 ms'),
               pgq.set_queue_config('%1$s', 'ticker_idle_period', '1 s')"""
            .formatted(replication.name()));
    pair.run("leaf", "create-leaf", "leaf", leaf, "--provider=" + root);
    pair.startWorker("root");
    pair.startWorker("leaf");
    return pair;
  }

  private static String location(PostgresServer server, String database) {
    return "host=%s port=%d user=%s dbname=%s password=%s"
        .formatted(server.host(), server.port(), server.user(), database, server.password());
  }

  private void ini(String node, String location) throws IOException {
    Files.writeString(
        iniFile(node),
        """
        [londiste]
        job_name = %s_worker
        db = %s
        queue_name = %s
        logfile = %s
        pidfile = %s
        loop_delay = 0.1
        """
            .formatted(
                node,
                location,
                replication.name(),
                directory.resolve(node + ".log"),
                directory.resolve(node + ".pid")));
  }

  private Path iniFile(String node) {
    return directory.resolve(node + ".ini");
  }

  /** Runs a command of a node's and waits until it is done. */
  void run(String node, String... arguments) throws Exception {
    Path log = directory.resolve(node + "-command.log");
    Process process = start(node, log, arguments);
    if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException(
          "londiste " + List.of(arguments) + " of " + node + " failed:\n" + Files.readString(log));
    }
  }

  private Process start(String node, Path log, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString(), iniFile(node).toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Starts a node's worker. */
  void startWorker(String node) throws IOException {
    workers.put(node, start(node, directory.resolve(node + "-worker.log"), "worker"));
  }

  /** Stops a node's worker and waits until it is gone. */
  void stopWorker(String node) {
    Process worker = workers.remove(node);
    if (worker != null) {
      worker.destroy();
      worker.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }
  }

  /** Adds tables to both nodes and waits until they are copied to the leaf. */
  void addTables(String... tables) throws Exception {
    for (String node : new String[] {"root", "leaf"}) {
      List<String> arguments = new ArrayList<>(List.of("add-table"));
      arguments.addAll(List.of(tables));
      run(node, arguments.toArray(String[]::new));
    }
    replication
        .await("Londiste's copies\n" + log("leaf"))
        .until(
            () ->
                scalar(
                    replication.subscriber(),
                    "select count(*) from londiste.table_info where merge_state = 'ok'"),
            String.valueOf(tables.length)::equals);
  }

  private String log(String node) throws IOException {
    Path log = directory.resolve(node + "-worker.log");
    return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
  }

  @Override
  public void close() throws IOException {
    for (String node : List.copyOf(workers.keySet())) {
      stopWorker(node);
    }
    if (pgqd != null) {
      pgqd.close();
    }
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
