/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgqconnect.connect.Await;
import org.pgqconnect.demo.Workload;

/**
 * An application that goes on when its server was away: it opens another session and does not care
 * whether its last transaction was committed. Each transaction inserts into {@code t} and {@code u}
 * and updates and deletes an older row.
 */
public final class StubbornWriter implements AutoCloseable {
  public static final String TABLES =
      "create table t (id int primary key, v int not null); create table u (id int primary key)";

  private final Workload.Opener opener;
  private final Thread thread = new Thread(this::run, "stubborn-writer");
  private final AtomicInteger committed = new AtomicInteger();
  private volatile boolean stopping;
  private int next;

  private StubbornWriter(Workload.Opener opener) {
    this.opener = opener;
  }

  public static StubbornWriter start(Workload.Opener opener) {
    StubbornWriter writer = new StubbornWriter(opener);
    writer.thread.setDaemon(true);
    writer.thread.start();
    return writer;
  }

  private void run() {
    while (!stopping) {
      try (Connection connection = opener.open()) {
        connection.setAutoCommit(false);
        while (!stopping) {
          transact(connection, ++next);
          committed.incrementAndGet();
          Thread.sleep(3);
        }
      } catch (SQLException e) {
        pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void transact(Connection connection, int id) throws SQLException {
    Replication.sql(connection, "insert into t values (%d, 0)".formatted(id));
    Replication.sql(connection, "insert into u values (%d)".formatted(id));
    Replication.sql(
        connection, "update t set v = v + 1 where id in (%d, %d)".formatted(id / 2, id - 1));
    Replication.sql(connection, "delete from u where id = %d".formatted(id - 20));
    connection.commit();
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until so many transactions more were committed. */
  public void awaitMore(int transactions) {
    int wanted = committed.get() + transactions;
    Await.atMost(Replication.PATIENCE, transactions + " more transactions")
        .until(() -> committed.get() >= wanted);
  }

  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
