/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigKeysTest {
  private static final List<String> OURS =
      List.of(
          "database.hostname",
          "database.port",
          "topic.prefix",
          "queue.name",
          "table.include.list",
          "heartbeat.interval.ms",
          "buffer.max.rows",
          "buffer.max.bytes",
          "mode",
          "capture");
  private static final ConfigKeys SOURCE = ConfigKeys.ofSource(OURS, "row.filter.condition.");
  private static final ConfigKeys SINK = ConfigKeys.ofSink(OURS);

  @ParameterizedTest
  @CsvSource({
    "table.includ.list, table.include.list",
    "tables.include.list, table.include.list",
    "table.list.include, table.include.list",
    "tableIncludeList, table.include.list",
    "table_include_list, table.include.list",
    "heartbeat.intervall.ms, heartbeat.interval.ms",
    "heartbeat.interval, heartbeat.interval.ms",
    "buffer.max.row, buffer.max.rows",
    "Database.hostname, database.hostname",
    "databse.hostname, database.hostname",
    "database.host, database.port",
    "database.jbdc.socketTimeout, database.jdbc.socketTimeout",
    "task.max, tasks.max",
    "transform, transforms",
    "key.convertor, key.converter",
    "producer.overide.linger.ms, producer.override.linger.ms",
    "topic.prefixes, topic.prefix"
  })
  void aMisspeltKeyIsNamedWithTheNearest(String key, String nearest) {
    assertThat(SOURCE.misspelt(List.of(key)).get(key))
        .startsWith("There is no key " + key + ", so its value would have no effect.")
        .contains(nearest);
    assertThat(SOURCE.unknown(List.of(key))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"buffer.rows", "table.exclude.list", "database.server.name"})
  void aKeyThatOnlyLooksLikeOursIsNamed(String key) {
    assertThat(SOURCE.misspelt(List.of(key))).containsOnlyKeys(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name",
        "connector.class",
        "tasks.max",
        "transforms",
        "transforms.route.type",
        "predicates.p.pattern",
        "key.converter",
        "key.converter.schemas.enable",
        "value.converter.schema.registry.url",
        "header.converter",
        "errors.tolerance",
        "config.action.reload",
        "topic.creation.default.partitions",
        "topic.creation.groups",
        "exactly.once.support",
        "transaction.boundary",
        "offsets.storage.topic",
        "producer.override.linger.ms",
        "row.filter.condition.public.t",
        "database.jdbc.socketTimeout"
      })
  void whatIsReadIsFine(String key) {
    assertThat(SOURCE.misspelt(List.of(key))).isEmpty();
    assertThat(SOURCE.unknown(List.of(key))).isEmpty();
  }

  @Test
  void aSinkHasKeysOfItsOwn() {
    List<String> keys =
        List.of(
            "topics",
            "topics.regex",
            "consumer.override.max.poll.records",
            "errors.deadletterqueue.topic.name");
    assertThat(SINK.misspelt(keys)).isEmpty();
    assertThat(SINK.unknown(keys)).isEmpty();
    assertThat(SINK.misspelt(List.of("topic.regex", "consumer.overrides.max.poll.records")))
        .containsOnlyKeys("topic.regex", "consumer.overrides.max.poll.records");
  }

  @Test
  void aKeyOfSomebodyElseIsOnlyWarnedAbout() {
    List<String> keys = List.of("acme.audit.owner", "description", "policy.team");
    assertThat(SOURCE.misspelt(keys)).isEmpty();
    assertThat(SOURCE.unknown(keys)).containsExactlyElementsOf(keys);
    assertThat(ConfigKeys.warning("policy.team")).contains("key policy.team").contains("no effect");
  }
}
