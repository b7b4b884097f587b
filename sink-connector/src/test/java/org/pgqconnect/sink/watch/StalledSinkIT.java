/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.failure.Printed.statement;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A sink that is connected and applies nothing says why, or is seen to. */
class StalledSinkIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(database.config("lock.timeout.ms", "500", "buffer.max.rows", "1000"), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void oneRow() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    queue.batch(0, 1).begin().copied(T, false).end();
    worker.start();
    worker.drain();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private Connection locker() throws SQLException {
    Connection connection = database.connectAs("postgres");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE t");
    }
    return connection;
  }

  private SubscriptionStatus status() {
    try (Connection connection = database.connectAs("postgres")) {
      return SubscriberInstaller.readStatus(connection).get(0);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long patience = System.nanoTime() + 120_000_000_000L;
    while (!condition.getAsBoolean() && System.nanoTime() < patience) {
      Thread.sleep(50);
    }
  }

  @Test
  void aSinkThatFailsAndTriesAgainSaysSinceWhenAndWhy() throws Exception {
    try (Connection locker = locker()) {
      queue.batch(1, 2).begin().c(T, 1L, "x").end();
      await(
          () -> {
            worker.poll();
            return status().waitingFor() != null;
          });
      SubscriptionStatus failing = status();
      assertThat(failing.waitingFor())
          .startsWith("the subscriber to take batches: The subscriber 127.0.0.1:")
          .contains(
              "canceling statement due to lock timeout",
              "(SQLSTATE 55P03)",
              "SELECT pg_terminate_backend(b.pid) FROM pgq_connect.subscription s",
              "WHERE s.name = 'test-sink';")
          .endsWith("It is tried again until it does")
          .satisfies(
              said -> {
                database.run(statement(said, "this shows it: (SELECT b.pid.*?;)"));
                database.run(statement(said, "or: (SELECT pg_terminate_backend.*?;)"));
              });
      assertThat(failing.waitingSeconds()).isGreaterThanOrEqualTo(10);
      locker.rollback();
    }
    worker.drain();
    await(
        () -> {
          worker.poll();
          return status().waitingFor() == null;
        });
    assertThat(status().waitingFor()).isNull();
    assertThat(database.value("SELECT v FROM t")).isEqualTo("x");
  }

  @Test
  void aFailureThatIsOverIsNotSaid() throws Exception {
    database.run("SELECT pg_terminate_backend(backend_pid) FROM pgq_connect.subscription");
    queue.batch(1, 2).begin().c(T, 1L, "x").end();
    worker.drain();
    assertThat(worker.lastRetry).hasMessageContaining("Trying again with what was read");
    assertThat(status().waitingFor()).isNull();
    assertThat(status().tickId()).isEqualTo(2);
  }

  @Test
  void aSessionThatWaitsForALockIsSeenWithWhoHoldsIt() throws Exception {
    worker.configs().put("lock.timeout.ms", "100000");
    worker.start();
    worker.drain();
    try (Connection locker = locker()) {
      queue.batch(1, 2).begin().c(T, 1L, "x").end();
      Thread sink = new Thread(worker::drain);
      sink.start();
      await(() -> status().session().waitEvent() != null);
      SubscriptionStatus.Session session = status().session();
      assertThat(session.state()).isEqualTo("active");
      assertThat(session.waitEvent()).isEqualTo("relation");
      assertThat(session.blockedBy())
          .isEqualTo(
              database.value(
                  "SELECT pid FROM pg_locks WHERE relation = 't'::regclass AND mode ="
                      + " 'AccessExclusiveLock'"));
      locker.rollback();
      sink.join();
    }
    assertThat(status().tickId()).isEqualTo(2);
  }

  @Test
  void aLargeBatchThatStopsComingIsSeenInItsTransaction() {
    TestQueue.Batch batch = queue.batch(1, 2).begin();
    for (long i = 0; i < 5_000; i++) {
      batch.c(T, i, "x");
    }
    worker.drain();
    assertThat(status().session().state()).isEqualTo("idle in transaction");
    batch.end();
    worker.drain();
    assertThat(status().session().state()).isEqualTo("idle");
    assertThat(status().tickId()).isEqualTo(2);
  }
}
