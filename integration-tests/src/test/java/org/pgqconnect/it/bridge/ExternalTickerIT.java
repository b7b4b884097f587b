/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.londiste.PgqDaemon;

/** {@code ticker=external}: the real {@code pgqd} makes the ticks, and nobody else. */
@ExtendWith(TestStack.class)
class ExternalTickerIT {
  @Test
  void pgqdTicks(LocalStack stack) throws Exception {
    PgqDaemon.unavailable().ifPresent(reason -> assumeTrue(false, "skipped: " + reason));
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      sql(replication.provider(), "insert into t values (1, 'copied')");
      replication.deploy(replication.source().with("ticker", "external"));
      replication.deploy(replication.sink());
      replication
          .await("the source's registration with the queue")
          .until(() -> isRegistered(replication));
      // Of its own accord PgQ ticks an idle queue ever more rarely, and a copy waits for two ticks.
      sql(
          replication.provider(),
          "select pgq.set_queue_config('%s', 'ticker_idle_period', '2 s')"
              .formatted(replication.name()));
      String ticks = scalar(replication.provider(), "select count(*) from pgq.tick");
      sql(replication.provider(), "insert into t values (2, 'new')");
      Thread.sleep(2000); // for a ticker that should not be there
      assertThat(scalar(replication.provider(), "select count(*) from pgq.tick"))
          .as("ticks before pgqd runs")
          .isEqualTo(ticks);
      assertThat(scalar(replication.subscriber(), "select count(*) from t where id = 2"))
          .isEqualTo("0");
      try (PgqDaemon pgqd =
          PgqDaemon.start(replication.place().provider(), replication.providerDatabase())) {
        replication.awaitCopied();
        replication.awaitScalar("select string_agg(v, ' ' order by id) from t", "copied new");
        sql(replication.provider(), "update t set v = 'changed' where id = 1");
        replication.awaitEqual();
        assertThat(pgqd.isRunning()).as(pgqd.describeLog()).isTrue();
      }
    }
  }

  private static boolean isRegistered(Replication replication) throws SQLException {
    return scalar(replication.provider(), "select to_regclass('pgq.subscription')") != null
        && scalar(replication.provider(), "select count(*) from pgq.subscription").equals("1");
  }
}
