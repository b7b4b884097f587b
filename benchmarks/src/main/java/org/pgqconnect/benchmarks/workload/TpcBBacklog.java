/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.util.List;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Sql;

/** W1: transactions of TPC-B by four clients, four row events each. */
public final class TpcBBacklog implements Backlog {
  static final String TABLES_FILE = "w1.sql";
  static final List<Sql.Keyed> TABLES =
      List.of(
          new Sql.Keyed("pgbench_accounts", "aid"),
          new Sql.Keyed("pgbench_tellers", "tid"),
          new Sql.Keyed("pgbench_branches", "bid"),
          new Sql.Keyed("pgbench_history", "hid"));

  private final int transactions;

  public TpcBBacklog(int transactions) {
    this.transactions = transactions / TpcB.CLIENTS * TpcB.CLIENTS;
  }

  @Override
  public String name() {
    return "w1";
  }

  @Override
  public String tablesFile() {
    return TABLES_FILE;
  }

  @Override
  public List<Sql.Keyed> tables() {
    return TABLES;
  }

  @Override
  public long events() {
    return 4L * transactions;
  }

  @Override
  public void write(BenchStack stack) throws Exception {
    new TpcB(stack).run(transactions);
  }
}
