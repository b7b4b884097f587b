/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.kafka.JvmOptions;
import org.pgqconnect.local.kafka.KafkaSetup;

/** The REST client with a connector that comes from a plugin directory. */
class ConnectRestIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final ConnectorConfig CLOCK =
      new ConnectorConfig(
          "the clock",
          Map.of(
              "connector.class", ClockConnector.class.getName(),
              "topic", "time",
              "topic.creation.default.partitions", "1",
              "topic.creation.default.replication.factor", "1"));

  @TempDir static Path plugins;
  private static LocalStack stack;
  private static ConnectRest rest;

  @BeforeAll
  static void start() throws IOException {
    installClock();
    stack =
        LocalStack.builder()
            .kafka(KafkaSetup.defaults().jvm(JvmOptions.quickStart("256m")))
            .connect(ConnectSetup.defaults().jvm(JvmOptions.quickStart("256m")).plugins(plugins))
            .start();
    rest = stack.rest();
  }

  /** Class files and what names them: a plugin as any other, found in plugin.path only. */
  private static void installClock() throws IOException {
    Path classes = plugins.resolve("clock/org/pgqconnect/local/connect");
    Files.createDirectories(classes);
    Path compiled = Path.of("target/test-classes/org/pgqconnect/local/connect");
    try (Stream<Path> files = Files.list(compiled)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("Clock")).toList()) {
        Files.copy(file, classes.resolve(file.getFileName()));
      }
    }
    Path services = plugins.resolve("clock/META-INF/services");
    Files.createDirectories(services);
    Files.writeString(
        services.resolve("org.apache.kafka.connect.source.SourceConnector"),
        ClockConnector.class.getName());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @AfterEach
  void deleteConnectors() {
    rest.list().forEach(rest::delete);
    Await.atMost(LIMIT, "no connectors").until(rest::list, List::isEmpty);
  }

  @Test
  void connectorOfThePluginDirectoryRunsAndItsLogLinesNameIt() throws IOException {
    assertThat(rest.plugins()).containsEntry(ClockConnector.class.getName(), "1");

    rest.create(CLOCK);
    rest.waitRunning("the clock", LIMIT);

    assertThat(rest.list()).containsExactly("the clock");
    assertThat(rest.config("the clock")).containsEntry("topic", "time");
    assertThat(Files.readString(stack.worker(0).log()))
        .contains("[the clock|task-0] The clock ticks");
    assertThatThrownBy(() -> rest.create(CLOCK))
        .hasMessageStartingWith("POST /connectors was answered with 409: ")
        .hasMessageContaining("already exists");
  }

  @Test
  void validationTellsTheErrorsByKey() {
    ConnectorConfig invalid = CLOCK.without("topic").with("fail", "perhaps");

    Map<String, List<String>> errors = rest.validate(invalid);

    assertThat(errors).containsOnlyKeys("topic", "fail");
    assertThat(errors.get("topic").get(0)).contains("Missing required configuration \"topic\"");
    assertThat(rest.validate(CLOCK)).isEmpty();
  }

  @Test
  void failureIsToldWithItsTraceAndMendedByAnotherConfiguration() {
    rest.create(CLOCK.with("fail", "true"));

    assertThat(rest.waitFailed("the clock", LIMIT)).contains("The clock was told to fail");
    assertThatThrownBy(() -> rest.waitRunning("the clock", LIMIT))
        .hasMessageStartingWith("Waited in vain for connector the clock to run: ")
        .hasMessageContaining("The clock was told to fail");

    rest.put(CLOCK);
    rest.restart("the clock");
    // The failure is told until the worker has come to the restart.
    rest.waitState("the clock", "RUNNING", LIMIT);
  }

  @Test
  void pausesAndResumes() {
    rest.create(CLOCK);
    rest.waitRunning("the clock", LIMIT);

    rest.pause("the clock");
    rest.waitState("the clock", "PAUSED", LIMIT);
    rest.resume("the clock");
    rest.waitRunning("the clock", LIMIT);
  }

  @Test
  void readsAndChangesAndForgetsOffsetsOfAStoppedConnector() throws IOException {
    rest.create(CLOCK);
    rest.waitRunning("the clock", LIMIT);
    Await.atMost(LIMIT, "an offset").until(() -> offset("the clock").has("offset"));
    rest.stop("the clock");
    rest.waitState("the clock", "STOPPED", LIMIT);

    JsonNode wanted =
        new ObjectMapper()
            .readTree(
                """
                {"offsets": [{"partition": {"clock": "one"}, "offset": {"time": 7}}]}
                """);
    rest.patchOffsets("the clock", wanted);
    assertThat(rest.offsets("the clock")).isEqualTo(wanted);

    rest.deleteOffsets("the clock");
    assertThat(rest.offsets("the clock").path("offsets")).isEmpty();
  }

  @Test
  void connectorRunsAgainAfterItsWorkerWasKilled() {
    rest.create(CLOCK);
    rest.waitRunning("the clock", LIMIT);

    stack.worker(0).kill();
    stack.worker(0).start();

    rest.waitRunning("the clock", LIMIT);
    long before = time();
    Await.atMost(LIMIT, "later offsets").until(() -> time(), time -> time > before);
  }

  private static JsonNode offset(String name) {
    return rest.offsets(name).path("offsets").path(0);
  }

  private static long time() {
    return offset("the clock").path("offset").path("time").asLong();
  }
}
