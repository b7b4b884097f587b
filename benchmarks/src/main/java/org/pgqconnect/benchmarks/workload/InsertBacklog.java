/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Sql;

/** W2: rows of about 200 bytes in transactions of 1000. */
public final class InsertBacklog implements Backlog {
  private static final long ROWS_A_TRANSACTION = 1000;

  private final long rows;

  public InsertBacklog(long rows) {
    this.rows = rows;
  }

  @Override
  public String name() {
    return "w2";
  }

  @Override
  public String tablesFile() {
    return "w2.sql";
  }

  @Override
  public List<Sql.Keyed> tables() {
    return List.of(new Sql.Keyed("bench_w2", "id"));
  }

  @Override
  public long events() {
    return rows;
  }

  @Override
  public void write(BenchStack stack) throws SQLException {
    try (Connection provider = stack.open(BenchStack.PROVIDER);
        PreparedStatement insert = provider.prepareStatement(Sql.file("w2_insert.sql"))) {
      for (long from = 1; from <= rows; from += ROWS_A_TRANSACTION) {
        insert.setLong(1, from);
        insert.setLong(2, Math.min(rows, from + ROWS_A_TRANSACTION - 1));
        insert.execute();
      }
    }
  }
}
