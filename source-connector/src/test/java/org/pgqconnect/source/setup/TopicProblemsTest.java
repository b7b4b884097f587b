/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;

class TopicProblemsTest {
  @Test
  void twoTablesWhoseTopicsAreOneToKafkaAreNamedWithACommandThatRuns() {
    List<TableId> tables =
        List.of(TableId.parse("app.data_users"), TableId.parse("app_data.users"));
    assertThat(
            TopicProblems.of(
                "bank", "a queue", tables, Remedy.ofFile("config/source.json", "a queue")))
        .singleElement()
        .asString()
        .contains("which Kafka takes for one name")
        .endsWith("./pgq-connect provider install --config config/source.json --queue 'a queue_2'");
  }
}
