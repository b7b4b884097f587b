/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.source.PgqSourceConnector;

/** What a source connector's validation finds before it asks the provider. */
class ConnectorKeysTest {
  private static Map<String, List<String>> problems(String key, String value) {
    ConnectorConfig shipped = ConnectorConfig.load(ProjectHome.file("config/source.json"));
    Map<String, String> config = new TreeMap<>(shipped.config());
    config.put("name", shipped.name());
    config.put(key, value);
    return new PgqSourceConnector()
        .validate(config).configValues().stream()
            .filter(found -> !found.errorMessages().isEmpty())
            .collect(Collectors.toMap(ConfigValue::name, ConfigValue::errorMessages));
  }

  @ParameterizedTest
  @CsvSource({
    "table.includ.list, table.include.list",
    "heartbeat.intervall.ms, heartbeat.interval.ms",
    "capture.check.intervall.ms, capture.check.interval.ms",
    "row.filter.conditions.public.t, row.filter.condition.public.t"
  })
  void aMisspeltKeyIsRefusedWithTheNearest(String key, String nearest) {
    Map<String, List<String>> problems = problems(key, "x");
    assertThat(problems).containsOnlyKeys(key);
    assertThat(problems.get(key).get(0)).contains("Did you mean " + nearest + "?");
  }

  @Test
  void severalTasksAreRefused() {
    assertThat(problems("tasks.max", "4").get("tasks.max").get(0))
        .isEqualTo(
            "tasks.max is 4, but one task reads a queue: its batches are one sequence. Set"
                + " tasks.max to 1. To use more workers, spread the tables over several queues and"
                + " run one source connector for each");
  }

  @Test
  void aDriverPropertyThatCouldLoadAClassIsRefused() {
    String key = "database.jdbc.socketFactory";
    assertThat(problems(key, "org.postgresql.ssl.SingleCertValidatingFactory"))
        .containsOnlyKeys(key);
    assertThat(problems("database.hostname", "h/d?socketFactory=x").get("database.hostname").get(0))
        .contains("names more than hosts");
  }
}
