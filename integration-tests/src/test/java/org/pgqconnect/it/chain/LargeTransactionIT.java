/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** One transaction of a million rows, on a worker with a heap of 512 MB that runs both sides. */
@ExtendWith(TestStack.class)
class LargeTransactionIT {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @Test
  void aMillionRowsArriveInOneTransaction(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          "create table t (id int primary key, a numeric(14,4), b text, c timestamptz)",
          "public.t");
      replication.start();
      sql(
          replication.provider(),
          """
          insert into t select i, i / 7.0, md5(i::text), timestamptz '2026-01-01 00:00+00' + i * interval '1 second'
            from generate_series(1, 1000000) i\
          """);
      assertThat(countsUntil(replication, "1000000")).isSubsetOf("0", "1000000");
      replication.awaitEqual();
      sql(replication.provider(), "delete from t where id % 2 = 0");
      assertThat(countsUntil(replication, "500000")).isSubsetOf("1000000", "500000");
      replication.awaitEqual();
    }
  }

  /** Every number of rows that a reader of the subscriber saw. */
  private static Set<String> countsUntil(Replication replication, String last) {
    Set<String> seen = new TreeSet<>();
    replication
        .await(PATIENCE, last + " rows")
        .until(
            () -> {
              String count = scalar(replication.subscriber(), "select count(*) from t");
              seen.add(count);
              return count;
            },
            last::equals);
    return seen;
  }
}
