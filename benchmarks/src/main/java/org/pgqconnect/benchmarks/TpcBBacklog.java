/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.benchmarks;

import java.util.List;

/** W1: transactions of TPC-B by four clients, four row events each. */
final class TpcBBacklog implements Backlog {
  static final String TABLES_FILE = "w1.sql";
  static final List<Sql.Keyed> TABLES =
      List.of(
          new Sql.Keyed("pgbench_accounts", "aid"),
          new Sql.Keyed("pgbench_tellers", "tid"),
          new Sql.Keyed("pgbench_branches", "bid"),
          new Sql.Keyed("pgbench_history", "hid"));

  private final int transactions;

  TpcBBacklog(int transactions) {
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
