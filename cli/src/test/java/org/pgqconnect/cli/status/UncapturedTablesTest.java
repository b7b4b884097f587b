/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;

class UncapturedTablesTest {
  private static final TableId KEPT = new TableId("public", "kept");
  private static final TableId LATE = new TableId("public", "late");
  private static final UncapturedTables PROVIDER =
      new UncapturedTables("bank", "q", Set.of(KEPT), Remedy.ofFile("config/source.json", "q"));

  private static SubscriptionStatus.Table table(TableId table, Stage stage) {
    return new SubscriptionStatus.Table(table, stage, 1, 1, null);
  }

  /** One that knows these tables. */
  static SubscriptionStatus subscription(
      String prefix, String queue, SubscriptionStatus.Table... tables) {
    return new SubscriptionStatus(
        "bank-sink",
        prefix,
        queue,
        "provider",
        7L,
        "2026-03-01 10:00:00+00",
        "2026-03-01 10:00:00+00",
        0,
        null,
        null,
        0,
        Map.of(),
        Arrays.asList(tables));
  }

  @Test
  void aTableThatTheRestoredProviderDoesNotCaptureIsReportedWithBothWaysOut() {
    Map<TableId, String> problems =
        PROVIDER.problems(subscription("bank", "q", table(KEPT, Stage.OK), table(LATE, Stage.OK)));
    assertThat(problems).containsOnlyKeys(LATE);
    assertThat(problems.get(LATE))
        .startsWith("Queue \"q\" does not capture table public.late: ")
        .contains(
            "./pgq-connect provider add --config config/source.json --queue q public.late. ",
            "DELETE FROM pgq_connect.subscribed_table WHERE subscription = 'bank-sink'"
                + " AND table_schema = 'public' AND table_name = 'late';");
  }

  @Test
  void tablesOfAnotherQueueOrPrefixAreNotReported() {
    assertThat(PROVIDER.problems(subscription("other", "q", table(LATE, Stage.OK)))).isEmpty();
    assertThat(PROVIDER.problems(subscription("bank", "other", table(LATE, Stage.OK)))).isEmpty();
    assertThat(PROVIDER.problems(subscription("bank", null, table(LATE, Stage.OK)))).isEmpty();
  }

  @Test
  void aCopyThatNothingCanBringIsReportedWithTheWayOutOfIt() {
    assertThat(PROVIDER.problems(subscription("bank", "q", table(LATE, Stage.EXPECTING_COPY))))
        .containsOnlyKeys(LATE);
  }
}
