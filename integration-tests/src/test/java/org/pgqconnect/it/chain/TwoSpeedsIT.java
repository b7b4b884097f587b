/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

@ExtendWith(TestStack.class)
class TwoSpeedsIT {
  @Test
  void aSlowSubscriberDoesNotHoldUpAnother(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack, 2)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      replication.start();
      replication.rest().stop(replication.sinkName(2));
      replication.rest().waitState(replication.sinkName(2), "STOPPED", Replication.PATIENCE);
      for (int i = 0; i < 50; i++) {
        sql(
            replication.provider(),
            "insert into t select i, 'v' from generate_series(%d, %d) i"
                .formatted(i * 10, i * 10 + 9));
        sql(replication.provider(), "update t set v = 'round %d' where id %% 3 = 0".formatted(i));
      }
      replication.awaitEqual(1);
      replication.rest().resume(replication.sinkName(2));
      replication.awaitEqual(2);
    }
  }
}
