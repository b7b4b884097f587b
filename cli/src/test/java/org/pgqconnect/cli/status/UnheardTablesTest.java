/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;

class UnheardTablesTest {
  private static final TableId HEARD = new TableId("public", "heard");
  private static final TableId QUIET = new TableId("public", "quiet");
  private static final TableId FOREIGN = new TableId("other", "t");
  private static final UnheardTables PROVIDER =
      new UnheardTables(
          "bank", "q", Set.of(HEARD, QUIET, FOREIGN), Remedy.ofFile("config/source.json", "q"));

  private static SubscriptionStatus subscription(String prefix, String queue) {
    return UncapturedTablesTest.subscription(
        prefix, queue, new SubscriptionStatus.Table(HEARD, Stage.EXPECTING_COPY, 1, 1, null));
  }

  @Test
  void aTableThatTheSubscriptionTakesAndHasNotHeardOfIsReportedWithItsCopy() {
    assertThat(
            PROVIDER.problems(subscription("bank", "q"), table -> table.schema().equals("public")))
        .singleElement()
        .asString()
        .startsWith("Table public.quiet is captured, and the subscriber has not heard of it")
        .endsWith(
            "./pgq-connect provider resync --config config/source.json --queue q public.quiet");
  }

  @Test
  void aSubscriptionOfAnotherQueueOrPrefixLacksNothing() {
    assertThat(PROVIDER.problems(subscription("other", "q"), table -> true)).isEmpty();
    assertThat(PROVIDER.problems(subscription("bank", "other"), table -> true)).isEmpty();
    assertThat(PROVIDER.problems(subscription("bank", null), table -> true)).isEmpty();
  }
}
