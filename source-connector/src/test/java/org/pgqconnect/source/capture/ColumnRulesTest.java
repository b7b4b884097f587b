/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.PgqSourceConfig;

class ColumnRulesTest {
  private static final TableId TABLE = new TableId("public", "t");
  private static final List<String> COLUMNS = List.of("id", "ssn", "email", "note");

  private static ColumnRules rules(String... keysAndValues) {
    Map<String, String> properties =
        new HashMap<>(
            Map.of(
                "topic.prefix", "p",
                "queue.name", "q",
                "database.hostname", "h",
                "database.dbname", "d",
                "database.user", "u",
                "database.password", "secret"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      properties.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return new PgqSourceConfig(properties).columnRules();
  }

  @Test
  void sayNothingWhenNothingIsConfigured() {
    assertThat(rules().isEmpty()).isTrue();
    assertThat(rules().of(TABLE, COLUMNS)).isEqualTo(RowOptions.unchanged());
  }

  @Test
  void matchTheWholeName() {
    RowOptions options =
        rules(
                "column.exclude.list", "public\\.t\\.note, public\\.t\\.e",
                "column.mask.with.null", ".*\\.ssn",
                "column.mask.hash.sha256", "public\\.t\\.(ssn|email)",
                "column.mask.hash.salt", "pepper",
                "skip.messages.without.change", "true",
                "row.filter.tables", "t",
                "row.filter.condition.t", "id > 1, or so")
            .of(TABLE, COLUMNS);
    assertThat(options.exclude()).containsExactly("note");
    assertThat(options.only()).isNull();
    assertThat(options.masks()).isEqualTo(Map.of("ssn", "null", "email", "hash"));
    assertThat(options.condition()).isEqualTo("id > 1, or so");
    assertThat(options.skipUnchanged()).isTrue();
    assertThat(options.salt().value()).isEqualTo("pepper");
    assertThat(options.toString()).doesNotContain("pepper");
  }

  @Test
  void leaveOtherTablesWhole() {
    RowOptions options =
        rules(
                "column.include.list", "public\\.other\\..*",
                "column.exclude.list", "public\\.other\\.note",
                "column.mask.with.constant", ".*\\.x",
                "column.mask.hash.sha256", ".*\\.y",
                "column.mask.hash.salt", "pepper")
            .of(TABLE, COLUMNS);
    assertThat(options).isEqualTo(RowOptions.unchanged());
  }
}
