/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Pause;

/** The transaction of pgbench, written by four clients, all rows equally likely. */
final class TpcB {
  static final int CLIENTS = 4;

  private static final String[] STATEMENTS = {
    "update pgbench_accounts set abalance = abalance + ? where aid = ?",
    "select abalance from pgbench_accounts where aid = ?",
    "update pgbench_tellers set tbalance = tbalance + ? where tid = ?",
    "update pgbench_branches set bbalance = bbalance + ? where bid = ?",
    """
    insert into pgbench_history (tid, bid, aid, delta, mtime)
    values (?, ?, ?, ?, current_timestamp)\
    """
  };

  private final BenchStack stack;

  TpcB(BenchStack stack) {
    this.stack = stack;
  }

  /** Runs this many transactions as fast as they go. */
  void run(int transactions) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    join(start(transactions / CLIENTS, 0, stop));
  }

  /** Runs until it is stopped, with this many transactions per second in all. */
  Running runAtRate(int perSecond) {
    AtomicBoolean stop = new AtomicBoolean();
    List<Future<Long>> clients =
        start(Integer.MAX_VALUE, 1_000_000_000L * CLIENTS / perSecond, stop);
    return new Running(stop, clients);
  }

  /** A load in the background. */
  record Running(AtomicBoolean stop, List<Future<Long>> clients) {
    /** Stops it and says how many transactions it made. */
    long finish() throws Exception {
      stop.set(true);
      return join(clients);
    }
  }

  private static long join(List<Future<Long>> clients) throws Exception {
    long sum = 0;
    for (Future<Long> client : clients) {
      sum += client.get();
    }
    return sum;
  }

  private List<Future<Long>> start(int each, long intervalNanos, AtomicBoolean stop) {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    List<Future<Long>> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      long seed = i;
      clients.add(threads.submit(() -> client(seed, each, intervalNanos, stop)));
    }
    threads.shutdown();
    return clients;
  }

  private long client(long seed, int transactions, long intervalNanos, AtomicBoolean stop)
      throws SQLException {
    SplittableRandom random = new SplittableRandom(seed);
    try (Connection connection = stack.open(BenchStack.PROVIDER)) {
      connection.setAutoCommit(false);
      PreparedStatement[] statements = new PreparedStatement[STATEMENTS.length];
      for (int i = 0; i < statements.length; i++) {
        statements[i] = connection.prepareStatement(STATEMENTS[i]);
      }
      long begin = System.nanoTime();
      long done = 0;
      while (done < transactions && !stop.get()) {
        transaction(connection, statements, random);
        done++;
        Pause.untilNanos(begin + done * intervalNanos);
      }
      return done;
    }
  }

  private static void transaction(
      Connection connection, PreparedStatement[] statements, SplittableRandom random)
      throws SQLException {
    int account = random.nextInt(1, 1_000_001);
    int teller = random.nextInt(1, 101);
    int branch = random.nextInt(1, 11);
    int delta = random.nextInt(-5000, 5001);
    execute(statements[0], delta, account);
    execute(statements[1], account);
    execute(statements[2], delta, teller);
    execute(statements[3], delta, branch);
    execute(statements[4], teller, branch, account, delta);
    connection.commit();
  }

  private static void execute(PreparedStatement statement, int... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setInt(i + 1, values[i]);
    }
    statement.execute();
  }
}
