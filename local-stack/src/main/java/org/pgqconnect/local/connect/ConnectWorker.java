/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.connect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.local.kafka.PropertiesFile;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.FreePorts;
import org.pgqconnect.local.process.ProjectHome;

/**
 * A distributed Connect worker in a process of its own, with nothing but Kafka's jars on its class
 * path: every plugin comes from its {@code plugin.path}.
 */
public final class ConnectWorker implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofMinutes(4);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final String MAIN = "org.apache.kafka.connect.cli.ConnectDistributed";

  private final ConnectSetup setup;
  private final String bootstrapServers;
  private final Path home;
  private final AutoCloseable owned;
  private final int port = FreePorts.take();
  private final ConnectRest rest = new ConnectRest(URI.create("http://127.0.0.1:" + port));
  private ChildProcess process;

  private ConnectWorker(
      ConnectSetup setup, String bootstrapServers, Path home, AutoCloseable owned) {
    this.setup = setup;
    this.bootstrapServers = bootstrapServers;
    this.home = home;
    this.owned = owned;
  }

  /** A worker still to be started, in {@code home}; {@code owned} is closed with it. */
  public static ConnectWorker prepare(
      ConnectSetup setup, String bootstrapServers, Path home, AutoCloseable owned) {
    return new ConnectWorker(setup, bootstrapServers, home, owned);
  }

  /** The REST client of this worker. */
  public ConnectRest rest() {
    return rest;
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** The process id of the last start. */
  public long pid() {
    return process.pid();
  }

  public Path log() {
    return home.resolve("worker.log");
  }

  /** The log's path and last lines, for an error message. */
  public String describeLog() {
    return process.describeLog();
  }

  /** Starts it again on the same port and in the same group, and waits until it is a member. */
  public void start() {
    if (!isRunning()) {
      launch();
    }
    awaitReady();
  }

  /** Lets its tasks stop in good order. */
  public void stop() {
    process.stop("TERM", STOP_TIMEOUT);
  }

  /** Signal 9. */
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    if (process != null) {
      stop();
    }
    try {
      owned.close();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot delete the files of the worker in " + home, e);
    }
  }

  public void awaitReady() {
    try {
      Await.atMost(START_TIMEOUT, "the Connect worker on port " + port + " to join its group")
          .every(Duration.ofMillis(100))
          .unless(process::ended)
          .until(rest::isHealthy);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(e.getMessage() + System.lineSeparator() + describeLog(), e);
    }
  }

  /** Starts the process and does not wait: Kafka may come up at the same time. */
  public void launch() {
    Map<String, String> properties =
        PropertiesFile.read(ProjectHome.file("config/worker.properties"));
    properties.putAll(here());
    properties.putAll(setup.settings());
    Path file = PropertiesFile.write(home.resolve("worker.properties"), properties);
    ProcessBuilder builder =
        setup.jvm().run(PropertiesFile.writeLogging(home), MAIN, file.toString());
    builder.directory(home.toFile());
    process = ChildProcess.start("The Connect worker on port " + port, builder, log(), "KILL");
  }

  /** What differs on this machine from what an operator starts with. */
  private Map<String, String> here() {
    Map<String, String> all = new TreeMap<>(QUICK);
    all.put("bootstrap.servers", bootstrapServers);
    all.put("listeners", "http://127.0.0.1:" + port);
    all.put("plugin.path", pluginPath());
    return all;
  }

  private String pluginPath() {
    List<Path> directories = setup.pluginDirectories();
    directories.stream()
        .filter(directory -> !Files.isDirectory(directory))
        .findFirst()
        .ifPresent(
            missing -> {
              throw new IllegalStateException(
                  ("The plugin directory %s is not there, so the worker would run"
                          + " without its connector: run 'mvn package' first")
                      .formatted(missing));
            });
    if (directories.isEmpty()) {
      directories = List.of(emptyDirectory());
    }
    return directories.stream().map(Path::toString).collect(Collectors.joining(","));
  }

  private Path emptyDirectory() {
    try {
      return Files.createDirectories(home.resolve("no-plugins"));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make a directory in " + home, e);
    }
  }

  /** One broker, and failures of members that are noticed within seconds. */
  private static final Map<String, String> QUICK =
      Map.ofEntries(
          Map.entry("config.storage.replication.factor", "1"),
          Map.entry("offset.storage.replication.factor", "1"),
          Map.entry("offset.storage.partitions", "1"),
          Map.entry("status.storage.replication.factor", "1"),
          Map.entry("status.storage.partitions", "1"),
          Map.entry("scheduled.rebalance.max.delay.ms", "0"),
          Map.entry("session.timeout.ms", "6000"),
          Map.entry("heartbeat.interval.ms", "1000"),
          Map.entry("consumer.session.timeout.ms", "6000"),
          Map.entry("consumer.heartbeat.interval.ms", "1000"),
          Map.entry("task.shutdown.graceful.timeout.ms", "3000"),
          Map.entry("offset.flush.interval.ms", "1000"));
}
