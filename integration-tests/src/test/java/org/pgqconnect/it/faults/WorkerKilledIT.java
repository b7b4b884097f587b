/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.demo.Bank;
import org.pgqconnect.demo.TotalsWatch;
import org.pgqconnect.demo.Workload;
import org.pgqconnect.it.stack.BankReplication;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;

/** kill -9 of the worker in mid-stream: nothing is lost and nothing doubled. */
@ExtendWith(TestStack.class)
class WorkerKilledIT {
  private static final int ACCOUNTS = 100;

  @Test
  void replicationGoesOnAfterTheWorkerWasKilled(LocalStack stack) throws Exception {
    try (ConnectWorker worker = TestStack.ownWorker().start(stack.kafka().bootstrapServers());
        Replication replication =
            BankReplication.at(Place.of(stack).withRest(worker.rest()), ACCOUNTS)) {
      replication.start();
      try (Workload workload = Workload.start(replication::openProvider, 3, ACCOUNTS, 2);
          TotalsWatch watch =
              TotalsWatch.start(
                  "subscriber",
                  () -> replication.openSubscriber(1),
                  Bank.expectedBalances(ACCOUNTS))) {
        for (int i = 0; i < 3; i++) {
          long enough = workload.transactions() + 300;
          Await.atMost(Replication.PATIENCE, "more transactions")
              .until(() -> workload.transactions() > enough);
          worker.kill();
          worker.start();
          replication.rest().waitRunning(replication.sourceName(), Replication.PATIENCE);
          replication.rest().waitRunning(replication.sinkName(1), Replication.PATIENCE);
        }
        assertThat(watch.violations()).isEmpty();
      }
      replication.awaitEqual();
    }
  }
}
