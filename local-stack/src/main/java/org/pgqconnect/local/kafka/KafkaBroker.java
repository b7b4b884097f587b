/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.kafka;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.process.ChildProcess;
import org.pgqconnect.local.process.FreePorts;

/**
 * A Kafka broker that is its own controller (KRaft), in a process of its own on 127.0.0.1. It can
 * go down and come back on the same port with the same logs.
 */
public final class KafkaBroker implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(5);
  private static final int NODE_ID = 1;
  private static final String CONTROLLER = "CONTROLLER";

  private final KafkaSetup setup;
  private final Path home;
  private final AutoCloseable owned;
  private final int port = FreePorts.take();
  private final int controllerPort = FreePorts.take();
  private ChildProcess process;

  private KafkaBroker(KafkaSetup setup, Path home, AutoCloseable owned) {
    this.setup = setup;
    this.home = home;
    this.owned = owned;
  }

  /** A broker still to be started, in {@code home}; {@code owned} is closed with it. */
  public static KafkaBroker prepare(KafkaSetup setup, Path home, AutoCloseable owned) {
    return new KafkaBroker(setup, home, owned);
  }

  public int port() {
    return port;
  }

  /** What clients connect to. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** The process id of the last start. */
  public long pid() {
    return process.pid();
  }

  public Path log() {
    return home.resolve("broker.log");
  }

  /** A client of this broker; the caller closes it. */
  public Admin admin() {
    return Admin.create(
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object) bootstrapServers()));
  }

  /** Starts it on the same port and logs as before, and waits until it answers. */
  public void start() {
    if (isRunning()) {
      return;
    }
    Path file = PropertiesFile.write(home.resolve("broker.properties"), properties());
    if (Files.notExists(logs())) {
      format(file);
    }
    ProcessBuilder builder =
        setup.jvm().run(PropertiesFile.writeLogging(home), "kafka.Kafka", file.toString());
    process = ChildProcess.start("Kafka on port " + port, builder, log(), "KILL");
    try (Admin admin = admin()) {
      Await.atMost(START_TIMEOUT, "Kafka on port " + port + " to answer")
          .unless(process::ended)
          .until(() -> answers(admin));
    }
  }

  /** Ends it in good order. */
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
      throw new IllegalStateException("Cannot delete the files of Kafka in " + home, e);
    }
  }

  private static boolean answers(Admin admin) throws Exception {
    return !admin
        .describeCluster()
        .nodes()
        .get(LOOK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .isEmpty();
  }

  private Path logs() {
    return home.resolve("logs");
  }

  /** What {@code kafka-storage.sh format} does, without the second JVM. */
  private void format(Path file) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] arguments = {
      "format", "--cluster-id", Uuid.randomUuid().toString(), "--config", file.toString()
    };
    int exitCode =
        StorageTool.execute(arguments, new PrintStream(said, true, StandardCharsets.UTF_8));
    if (exitCode != 0) {
      throw new IllegalStateException(
          "Cannot format the storage of Kafka in %s (exit code %d): %s"
              .formatted(logs(), exitCode, said.toString(StandardCharsets.UTF_8)));
    }
  }

  private Map<String, String> properties() {
    Map<String, String> all = new TreeMap<>();
    all.put("process.roles", "broker,controller");
    all.put("node.id", Integer.toString(NODE_ID));
    all.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
    all.put("controller.listener.names", CONTROLLER);
    all.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,%s://127.0.0.1:%d".formatted(port, CONTROLLER, controllerPort));
    all.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    all.put("log.dirs", logs().toString());
    all.putAll(ONE_NODE);
    all.putAll(setup.settings());
    return all;
  }

  /** Internal topics small enough to start fast, groups that do not wait for more members. */
  private static final Map<String, String> ONE_NODE =
      Map.ofEntries(
          Map.entry("default.replication.factor", "1"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("offsets.topic.num.partitions", "1"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("transaction.state.log.num.partitions", "2"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          Map.entry("group.min.session.timeout.ms", "1000"),
          Map.entry("log.cleaner.dedupe.buffer.size", "16777216"),
          Map.entry("auto.create.topics.enable", "false"));
}
