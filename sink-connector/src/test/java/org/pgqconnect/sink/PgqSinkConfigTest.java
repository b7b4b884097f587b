/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.intake.TopicOwnership;
import org.pgqconnect.sink.watch.Summary;

class PgqSinkConfigTest {
  private final Map<String, String> properties = new HashMap<>();

  private PgqSinkConfig config(String... more) {
    properties.putAll(
        Map.of(
            "name", "my-sink",
            "topic.prefix", "bank",
            "topics.regex", "bank\\..*",
            "database.hostname", "h",
            "database.dbname", "d",
            "database.user", "u"));
    for (int i = 0; i < more.length; i += 2) {
      properties.put(more[i], more[i + 1]);
    }
    return new PgqSinkConfig(properties);
  }

  @Test
  void putsAnExpressionThatIsNoneOnItsOwnKey() {
    assertThat(config().regexProblems()).isEmpty();
    assertThat(
            config("topics.regex", "table.include.list(", "table.include.list", "ok, b(")
                .regexProblems())
        .hasEntrySatisfying(
            "topics.regex", m -> assertThat(m).contains("is not a regular expression"))
        .hasEntrySatisfying(
            "table.include.list", m -> assertThat(m).contains("is not a regular expression"));
  }

  @Test
  void hasDefaults() {
    PgqSinkConfig config = config();
    assertThat(config.subscription()).isEqualTo("my-sink");
    assertThat(config.flow().bufferMaxRows()).isEqualTo(100_000);
    assertThat(config.flow().bufferMaxBytes()).isEqualTo(64L << 20);
    assertThat(config.flow().applyMaxRows()).isEqualTo(50_000);
    assertThat(config.flow().session().statementTimeoutMillis()).isEqualTo(300_000);
    assertThat(config.flow().session().lockTimeoutMillis()).isEqualTo(30_000);
    assertThat(config.flow().session().idleTimeoutMillis()).isEqualTo(300_000);
    assertThat(config.flow().session().tcpUserTimeoutMillis()).isEqualTo(30_000);
    assertThat(config.flow().retryBackoffMillis()).isEqualTo(1_000);
    assertThat(config.connection().driver().getProperty("socketTimeout")).isEqualTo("330");
    assertThat(config.connection().driver().getProperty("logServerErrorDetail")).isEqualTo("false");
    assertThat(config.ownership().owns(new TableId("any", "table"))).isTrue();
    assertThat(config.ownership().problem()).isEmpty();
  }

  @Test
  void takesEveryKey() {
    PgqSinkConfig config =
        config(
            "subscription.name", "s",
            "table.include.list", "public\\.a.*, shop\\.b",
            "buffer.max.rows", "2000",
            "buffer.max.bytes", "2000000",
            "apply.max.rows", "3",
            "statement.timeout.ms", "0",
            "lock.timeout.ms", "5",
            "idle.in.transaction.timeout.ms", "6",
            "tcp.user.timeout.ms", "7",
            "retry.backoff.ms", "8",
            "database.jdbc.socketTimeout", "9");
    assertThat(config.subscription()).isEqualTo("s");
    assertThat(config.flow().bufferMaxRows()).isEqualTo(2000);
    assertThat(config.flow().bufferMaxBytes()).isEqualTo(2_000_000);
    assertThat(config.flow().applyMaxRows()).isEqualTo(3);
    assertThat(config.flow().session().statementTimeoutMillis()).isZero();
    assertThat(config.flow().session().lockTimeoutMillis()).isEqualTo(5);
    assertThat(config.flow().session().idleTimeoutMillis()).isEqualTo(6);
    assertThat(config.flow().session().tcpUserTimeoutMillis()).isEqualTo(7);
    assertThat(config.flow().retryBackoffMillis()).isEqualTo(8);
    assertThat(config.connection().driver().getProperty("socketTimeout")).isEqualTo("9");
    TopicOwnership ownership = config.ownership();
    assertThat(ownership.owns(new TableId("public", "abc"))).isTrue();
    assertThat(ownership.owns(new TableId("shop", "b"))).isTrue();
    assertThat(ownership.owns(new TableId("shop", "bb"))).isFalse();
    assertThat(ownership.owns(new TableId("xpublic", "a"))).isFalse();
  }

  @Test
  void ownsTheTablesOfItsTopics() {
    config("topics", "bank.transaction, bank.public.odd_name");
    properties.remove("topics.regex");
    TopicOwnership ownership = new PgqSinkConfig(properties).ownership();
    assertThat(ownership.owns(new TableId("public", "odd name"))).isTrue();
    assertThat(ownership.owns(new TableId("public", "other"))).isFalse();
    assertThat(ownership.problem()).isEmpty();
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> config("topic.prefix", "")).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> config("topic.prefix", "b", "buffer.max.rows", "1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("buffer.max.rows");
  }

  @Test
  void theShippedFileIsUnderstood() throws IOException {
    JsonNode file = new ObjectMapper().readTree(new File("../config/sink.json"));
    Map<String, String> shipped = new HashMap<>();
    shipped.put("name", file.path("name").asText());
    file.path("config").properties().forEach(e -> shipped.put(e.getKey(), e.getValue().asText()));
    PgqSinkConfig config = new PgqSinkConfig(shipped);
    assertThat(config.subscription()).isEqualTo("bank-sink");
    assertThat(config.ownership().problem()).isEmpty();
    assertThat(shipped).containsEntry("consumer.override.isolation.level", "read_committed");
  }

  @Test
  void theConnectorIsFoundAsAServiceAndKnowsItsVersion() {
    assertThat(ServiceLoader.load(SinkConnector.class))
        .anyMatch(connector -> connector instanceof PgqSinkConnector);
    assertThat(new PgqSinkConnector().version()).matches("\\d+\\.\\d+.*");
    PgqSinkConnector connector = new PgqSinkConnector();
    connector.start(Map.of("a", "b"));
    assertThat(connector.taskConfigs(4)).containsExactly(Map.of("a", "b"));
  }

  @Test
  void lagIsFromTheTickToItsApplication() {
    long at = java.time.Instant.parse("2026-11-23T10:00:01.500Z").toEpochMilli();
    assertThat(Summary.lag("2026-11-23 10:00:01.25+00", at)).isEqualTo("250");
    assertThat(Summary.lag("2026-11-23 15:30:01+05:30", at)).isEqualTo("500");
    assertThat(Summary.lag("2026-11-23T10:00:01Z", at)).isEqualTo("?");
  }
}
