/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.demo.Workload;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/** A table of many chunks is copied while rows come, go, change and move to other chunks. */
@ExtendWith(TestStack.class)
class CopyUnderWritesIT {
  private static final int ROWS = 20_000;

  @Test
  void theCopyConverges(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text, n int unique)", "public.t");
      sql(
          replication.provider(),
          "insert into t select i * 10, 'v' || i, i from generate_series(1, %d) i".formatted(ROWS));
      try (Churn churn = Churn.start(replication::openProvider)) {
        replication.start(replication.source().with("copy.chunk.rows", "500"));
        churn.requireSound();
      }
      replication.awaitEqual();
      long chunks =
          new TopicReader(stack.kafka().bootstrapServers())
              .values(replication.name() + ".transaction").stream()
                  .filter(boundary -> boundary.path("copies").size() > 0)
                  .count();
      assertThat(chunks).as("batches that carried a chunk").isGreaterThan(30);
    }
  }

  /** Writes as fast as it can. */
  private static final class Churn implements AutoCloseable {
    private final Workload.Opener opener;
    private final Thread thread = new Thread(this::run, "churn");
    private volatile boolean stopping;
    private volatile SQLException failure;
    private volatile int transactions;

    private Churn(Workload.Opener opener) {
      this.opener = opener;
    }

    static Churn start(Workload.Opener opener) {
      Churn churn = new Churn(opener);
      churn.thread.start();
      return churn;
    }

    private void run() {
      Random random = new Random(42);
      try (Connection connection = opener.open()) {
        while (!stopping) {
          int from = random.nextInt(ROWS * 10);
          int to = random.nextInt(ROWS * 10);
          sql(
              connection,
              """
              begin;
              update t set v = v || '.' where id between %1$d and %1$d + 50;
              delete from t where id between %1$d + 60 and %1$d + 70;
              update t set id = %2$d * 1000 + id %% 1000 where id = (select min(id) from t where id > %1$d)
                 and not exists (select from t where id = %2$d * 1000 + t.id %% 1000);
              insert into t select max(id) + 7, 'new', max(n) + 1 from t;
              commit\
              """
                  .formatted(from, to % (ROWS / 100)));
          transactions = transactions + 1;
        }
      } catch (SQLException e) {
        failure = e;
      }
    }

    void requireSound() {
      if (failure != null) {
        throw new AssertionError("The churn failed, so the run proves nothing", failure);
      }
      assertThat(transactions).isGreaterThan(20);
    }

    @Override
    public void close() {
      stopping = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      requireSound();
    }
  }
}
