/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A reader of the subscriber never sees half a batch. */
class AtomicityIT {
  private static final TestQueue.Table A = TestQueue.table("public.a", 1, "id bigint", "n bigint");
  private static final TestQueue.Table B = TestQueue.table("public.b", 1, "id bigint", "n bigint");

  @Test
  void readersSeeWholeBatches() {
    try (TestDatabase database = new TestDatabase();
        TestWorker worker =
            new TestWorker(
                database.config("buffer.max.rows", "1000", "apply.max.rows", "300"), false)) {
      database.run("CREATE TABLE a (id bigint PRIMARY KEY, n bigint)");
      database.run("CREATE TABLE b (id bigint PRIMARY KEY, n bigint)");
      TestQueue queue = new TestQueue(worker);
      queue.batch(0, 1).begin().copied(A, false).copied(B, false).end();
      long tick = 1;
      for (int round = 1; round <= 150; round++) {
        TestQueue.Batch batch = queue.batch(tick, ++tick).partitions(3).begin();
        int rows = round % 50 == 0 ? 3000 : 20;
        for (long i = 0; i < rows; i++) {
          long amount = (i * round) % 17;
          batch.u(A, i, amount).u(B, i, -amount);
        }
        batch.end();
      }
      AtomicBoolean done = new AtomicBoolean();
      AtomicLong reads = new AtomicLong();
      CompletableFuture<Set<Long>> sums =
          CompletableFuture.supplyAsync(() -> read(database, done, reads));
      worker.maxPollRecords = 137;
      worker.start();
      worker.drain();
      done.set(true);
      assertThat(sums.join()).containsExactly(0L);
      assertThat(reads.get()).isGreaterThan(10);
      assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription"))
          .isEqualTo("" + tick);
    }
  }

  private static Set<Long> read(TestDatabase database, AtomicBoolean done, AtomicLong reads) {
    Set<Long> sums = new HashSet<>();
    try (Connection connection = database.connectAs("postgres");
        Statement statement = connection.createStatement()) {
      while (!done.get()) {
        try (ResultSet row =
            statement.executeQuery(
                "SELECT coalesce((SELECT sum(n) FROM a), 0) + coalesce((SELECT sum(n) FROM b),"
                    + " 0)")) {
          row.next();
          sums.add(row.getLong(1));
          reads.incrementAndGet();
        }
      }
      return sums;
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
