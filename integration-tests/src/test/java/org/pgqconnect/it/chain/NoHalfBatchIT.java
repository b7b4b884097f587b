/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.demo.Bank;
import org.pgqconnect.demo.TotalsWatch;
import org.pgqconnect.demo.Workload;
import org.pgqconnect.it.stack.BankReplication;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

@ExtendWith(TestStack.class)
class NoHalfBatchIT {
  private static final int ACCOUNTS = 200;

  @Test
  void readersOfTheSubscriberNeverSeeMoneyMissing(LocalStack stack) throws Exception {
    try (Replication replication = BankReplication.of(stack, ACCOUNTS)) {
      replication.start();
      List<String> violations;
      try (Workload workload = Workload.start(replication::openProvider, 4, ACCOUNTS, 2);
          TotalsWatch watch =
              TotalsWatch.start(
                  "subscriber",
                  () -> replication.openSubscriber(1),
                  Bank.expectedBalances(ACCOUNTS))) {
        Await.atMost(Replication.PATIENCE, "looks beside transactions")
            .until(() -> watch.looks() > 200 && workload.transactions() > 2000);
        violations = watch.violations();
      }
      assertThat(violations).isEmpty();
      replication.awaitEqual();
    }
  }
}
