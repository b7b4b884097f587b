/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.pgqconnect.postgres.SqlState;

/** The bank's application: several sessions that transact as fast as configured. */
public final class Workload implements AutoCloseable {
  // Two sessions that renumber or prune may wait for each other; an application tries again.
  private static final Set<String> TRY_AGAIN =
      Set.of(
          SqlState.DEADLOCK_DETECTED,
          SqlState.SERIALIZATION_FAILURE,
          SqlState.FOREIGN_KEY_VIOLATION,
          SqlState.RESTRICT_VIOLATION);

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean stopping;

  /** Opens a session on the provider as the application does. */
  @FunctionalInterface
  public interface Opener {
    Connection open() throws SQLException;
  }

  /**
   * Starts transacting.
   *
   * @param sessions how many work at the same time
   * @param accounts how many accounts there are
   * @param pauseMillis how long each rests after a transaction; 0 for not at all
   */
  public static Workload start(Opener opener, int sessions, int accounts, long pauseMillis) {
    Workload workload = new Workload();
    for (int i = 0; i < sessions; i++) {
      Thread thread =
          new Thread(() -> workload.run(opener, accounts, pauseMillis), "workload-" + i);
      thread.setDaemon(true);
      workload.threads.add(thread);
      thread.start();
    }
    return workload;
  }

  private void run(Opener opener, int accounts, long pauseMillis) {
    try (Connection connection = opener.open()) {
      connection.setAutoCommit(false);
      while (!stopping) {
        transactOnce(connection, accounts);
        if (pauseMillis > 0) {
          Thread.sleep(pauseMillis);
        }
      }
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void transactOnce(Connection connection, int accounts) throws SQLException {
    try {
      Bank.transact(connection, accounts);
      transactions.incrementAndGet();
    } catch (SQLException e) {
      connection.rollback();
      if (SqlState.of(e).filter(TRY_AGAIN::contains).isEmpty()) {
        throw e;
      }
    }
  }

  /** Transactions that ended so far. */
  public long transactions() {
    return transactions.get();
  }

  /**
   * Stops and waits for the sessions.
   *
   * @throws IllegalStateException when a session failed: then the run proves nothing
   */
  @Override
  public void close() {
    stopping = true;
    for (Thread thread : threads) {
      try {
        thread.join(30_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure.get() != null) {
      throw new IllegalStateException(
          "A session of the workload failed: " + failure.get().getMessage(), failure.get());
    }
  }
}
