/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.failure.Remedy;

class PublishedTablesTest {
  private static final TableId ORDERS = new TableId("public", "orders");

  private static PublishedTables of(Map<String, String> config) {
    return PublishedTables.of(
        "bank-source",
        new FileValues(
            new ConnectorConfig("bank-source", config), Map.of("LIST", "public\\.orders")::get));
  }

  @Test
  void aTableThatTheListOfTheFileLeavesOutIsWarnedOf() {
    assertThat(of(Map.of("table.include.list", "public\\.accounts")).warning(ORDERS))
        .contains(
            "table.include.list of connector \"bank-source\" leaves table public.orders out, so"
                + " nothing of it is published, and its copy does not begin. Add it there and send"
                + " the configuration to the worker (PUT /connectors/bank-source/config)");
  }

  @Test
  void aTableThatTheListNamesIsNotNorIsAnyWithoutAList() {
    assertThat(of(Map.of("table.include.list", "public\\.(accounts|orders)")).warning(ORDERS))
        .isEmpty();
    assertThat(of(Map.of("table.include.list", "${env:LIST}")).warning(ORDERS)).isEmpty();
    assertThat(of(Map.of("table.include.list", " ")).warning(ORDERS)).isEmpty();
    assertThat(of(Map.of()).warning(ORDERS)).isEmpty();
  }

  @Test
  void aTableThatTheListNamesAndNobodyCapturesIsReportedWithItsCommand() {
    assertThat(
            PublishedTables.uncapturedProblem(
                ORDERS, "q", Remedy.ofFile("config/source.json", "q")))
        .isEqualTo(
            "Table public.orders is named by table.include.list, but queue \"q\" does not capture"
                + " it: its changes are not published. Have it captured and copied: ./pgq-connect"
                + " provider add --config config/source.json --queue q public.orders; or leave it"
                + " out of the list");
  }
}
