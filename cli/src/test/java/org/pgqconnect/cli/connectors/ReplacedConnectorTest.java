/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.connectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReplacedConnectorTest {
  private static final Map<String, String> BEFORE =
      Map.of(
          "connector.class", "C",
          "database.hostname", "db1",
          "database.port", "5432",
          "database.password", "old");

  private static Map<String, String> after(String key, String value) {
    Map<String, String> after = new HashMap<>(BEFORE);
    after.put(key, value);
    return after;
  }

  @Test
  void aFileThatWasEditedForAnotherDatabaseAndKeptItsNameIsNamed() {
    assertThat(ReplacedConnector.message("bank-sink", BEFORE, after("database.hostname", "db2")))
        .hasValueSatisfying(
            message ->
                assertThat(message)
                    .startsWith(
                        "bank-sink: warning: a connector of this name existed, and is changed:"
                            + " database.hostname from db1 to db2.")
                    .endsWith("give the file another name and deploy both"));
    assertThat(ReplacedConnector.message("bank-sink", BEFORE, after("topic.prefix", "shop")))
        .hasValueSatisfying(
            message -> assertThat(message).contains("topic.prefix from none to shop"));
  }

  @Test
  void otherSettingsMayChangeAndSecretsAreNotShown() {
    assertThat(ReplacedConnector.message("bank-sink", BEFORE, BEFORE)).isEmpty();
    assertThat(ReplacedConnector.message("bank-sink", BEFORE, after("database.password", "new")))
        .isEmpty();
    assertThat(ReplacedConnector.message("bank-sink", BEFORE, after("buffer.max.rows", "7")))
        .isEmpty();
  }
}
