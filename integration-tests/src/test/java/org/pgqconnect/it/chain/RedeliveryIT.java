/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** The sink reads its topics from their beginning again: nothing changes on the subscriber. */
@ExtendWith(TestStack.class)
class RedeliveryIT {
  private static final String VERSIONS =
      "select md5(string_agg(xmin::text || ctid, ',' order by id)) from t where id <= 1000";

  @Test
  void batchesThatWereAppliedAreSkipped(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t").start();
      for (int i = 0; i < 10; i++) {
        sql(
            replication.provider(),
            "insert into t select i, 'v' from generate_series(%d, %d) i"
                .formatted(i * 100 + 1, i * 100 + 100));
        sql(replication.provider(), "update t set v = v || '%d' where id %% 3 = 0".formatted(i));
        sql(replication.provider(), "delete from t where id %% 50 = %d".formatted(i));
      }
      replication.awaitEqual();
      String versions = scalar(replication.subscriber(), VERSIONS);
      long tick = tick(replication);

      String sink = replication.sinkName(1);
      replication.rest().stop(sink);
      replication.rest().waitState(sink, "STOPPED", Replication.PATIENCE);
      // It is called stopped also while its consumer takes its time to leave the group.
      Await.atMost(Replication.PATIENCE, "the offsets to be deleted")
          .until(
              () -> {
                replication.rest().deleteOffsets(sink);
                return true;
              });
      assertThat(
              scalar(
                  replication.subscriber(),
                  "select string_agg(k, ' ') from pgq_connect.subscription,"
                      + " jsonb_object_keys(offsets) k"))
          .as("offsets that the subscriber keeps")
          .isNull();
      replication.rest().resume(sink);
      replication.rest().waitRunning(sink, Replication.PATIENCE);
      sql(replication.provider(), "insert into t values (5000, 'after')");
      replication.awaitScalar("select v from t where id = 5000", "after");

      replication.awaitEqual();
      assertThat(scalar(replication.subscriber(), VERSIONS))
          .as("rows that were applied are not even written again")
          .isEqualTo(versions);
      assertThat(tick(replication)).isGreaterThan(tick);
    }
  }

  private static long tick(Replication replication) throws Exception {
    return Long.parseLong(
        scalar(replication.subscriber(), "select tick_id from pgq_connect.subscription"));
  }
}
