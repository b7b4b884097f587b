/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.demo.Bank;
import org.pgqconnect.demo.TotalsWatch;
import org.pgqconnect.demo.Workload;
import org.pgqconnect.it.stack.BankReplication;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** Stops and starts by REST while money moves: nothing is lost and nothing doubled. */
@ExtendWith(TestStack.class)
class RestartIT {
  private static final int ACCOUNTS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(300);

  /** One thing that an operator does to a running connector. */
  private interface Disturbance {
    void disturb(ConnectRest rest, String connector) throws InterruptedException;
  }

  @Test
  void theSourceIsStoppedAndResumed(LocalStack stack) throws Exception {
    underLoad(stack, true, RestartIT::stopAndResume);
  }

  @Test
  void theSourceIsRestarted(LocalStack stack) throws Exception {
    underLoad(stack, true, (rest, connector) -> rest.restart(connector));
  }

  @Test
  void theSinkIsStoppedAndResumed(LocalStack stack) throws Exception {
    underLoad(stack, false, RestartIT::stopAndResume);
  }

  @Test
  void theSinkIsRestarted(LocalStack stack) throws Exception {
    underLoad(stack, false, (rest, connector) -> rest.restart(connector));
  }

  private static void stopAndResume(ConnectRest rest, String connector)
      throws InterruptedException {
    rest.stop(connector);
    rest.waitState(connector, "STOPPED", PATIENCE);
    rest.resume(connector);
    rest.waitRunning(connector, PATIENCE);
  }

  private static void awaitMore(Workload workload) {
    long enough = workload.transactions() + 150;
    Await.atMost(PATIENCE, "more transactions").until(() -> workload.transactions() > enough);
  }

  private static void underLoad(LocalStack stack, boolean source, Disturbance disturbance)
      throws Exception {
    try (Replication replication = BankReplication.of(stack, ACCOUNTS)) {
      replication.start();
      String connector = source ? replication.sourceName() : replication.sinkName(1);
      try (Workload workload = Workload.start(replication::openProvider, 3, ACCOUNTS, 5);
          TotalsWatch watch =
              TotalsWatch.start(
                  "subscriber",
                  () -> replication.openSubscriber(1),
                  Bank.expectedBalances(ACCOUNTS))) {
        for (int i = 0; i < 3; i++) {
          awaitMore(workload);
          disturbance.disturb(replication.rest(), connector);
        }
        awaitMore(workload);
        assertThat(watch.violations()).isEmpty();
      }
      replication.awaitEqual();
    }
  }
}
