/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectRestException;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.local.connect.ConnectWorker;
import org.pgqconnect.local.postgres.PostgresServer;

/** A whole stack, without our plugins. */
class LocalStackIT {

  private static final Duration LIMIT = Duration.ofMinutes(4);

  /**
   * The only connectors that Kafka's own jars contain are MirrorMaker's, and those are not here.
   */
  private static final ConnectorConfig UNKNOWN =
      new ConnectorConfig("nobody", Map.of("connector.class", "org.example.Nobody"));

  private static LocalStack stack;

  @BeforeAll
  static void start() {
    stack =
        LocalStack.builder()
            .postgres("provider", PostgresServer.embedded(18).notDurable(), "shop")
            .postgres("subscriber", PostgresServer.embedded(17).notDurable(), "one", "two")
            .start();
  }

  @AfterAll
  static void stop() {
    Path directory = stack.directory();
    List<Long> processes =
        List.of(
            stack.kafka().pid(),
            stack.worker(0).pid(),
            stack.postgres("provider").pid(),
            stack.postgres("subscriber").pid());
    stack.close();
    assertThat(directory).doesNotExist();
    assertThat(processes).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
  }

  @Test
  void makesTheDatabasesThatWereAskedFor() throws SQLException {
    for (String database : List.of("one", "two")) {
      try (Connection connection = stack.postgres("subscriber").connect(database)) {
        assertThat(connection.getCatalog()).isEqualTo(database);
      }
    }
  }

  @Test
  void workerHasKafkasConvertersAndNoConnectorOfOurs() {
    assertThat(stack.rest().plugins().keySet())
        .contains("org.apache.kafka.connect.json.JsonConverter")
        .noneMatch(name -> name.startsWith("org.pgqconnect"));
    assertThat(stack.rest().list()).isEmpty();
  }

  @Test
  void restErrorTellsMethodAndPathAndStatusAndAnswer() {
    assertThatThrownBy(() -> stack.rest().create(UNKNOWN))
        .isInstanceOfSatisfying(
            ConnectRestException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageStartingWith("POST /connectors was answered with 400: ")
        .hasMessageContaining("Failed to find any class that implements Connector");
    assertThatThrownBy(() -> stack.rest().delete("nobody"))
        .hasMessageStartingWith("DELETE /connectors/nobody was answered with 404: ");
    assertThat(stack.rest().status("nobody")).isEmpty();
  }

  @Test
  void workerThatWasKilledJoinsItsGroupAgainAndASecondOneCanJoin() {
    ConnectWorker worker = stack.worker(0);
    long pid = worker.pid();
    URI address = worker.rest().base();

    worker.kill();
    assertThat(worker.rest().isHealthy()).isFalse();
    worker.start();

    assertThat(worker.pid()).isNotEqualTo(pid);
    assertThat(worker.rest().base()).isEqualTo(address);
    ConnectWorker second = stack.addWorker();
    assertThat(second.rest().list()).isEmpty();
    second.stop();
    assertThat(second.isRunning()).isFalse();
  }

  @Test
  void brokerKeepsItsTopicsOverAKill() throws Exception {
    try (Admin admin = stack.kafka().admin()) {
      admin.createTopics(Set.of(new NewTopic("kept", 3, (short) 1))).all().get(1, TimeUnit.MINUTES);
    }
    int port = stack.kafka().port();

    stack.kafka().kill();
    stack.kafka().start();
    stack.kafka().stop();
    stack.kafka().start();

    assertThat(stack.kafka().port()).isEqualTo(port);
    try (Admin admin = stack.kafka().admin()) {
      assertThat(admin.listTopics().names().get(1, TimeUnit.MINUTES)).contains("kept");
    }
    Await.atMost(LIMIT, "the worker to answer again").until(() -> stack.rest().list().isEmpty());
  }
}
