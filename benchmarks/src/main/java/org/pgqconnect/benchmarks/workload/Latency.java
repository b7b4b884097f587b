/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Marker;
import org.pgqconnect.benchmarks.stack.Pause;
import org.pgqconnect.benchmarks.stack.ServerUsage;
import org.pgqconnect.benchmarks.stack.Sql;

/** W4: one row every 50 ms; from the return of its commit until another session can see it. */
public final class Latency implements Workload {
  private static final int INTERVAL_MILLIS = 50;
  private static final int WARM_UP_ROWS = 200;
  private static final long PATIENCE_SECONDS = 60;
  private static final Sql.Keyed TABLE = new Sql.Keyed("bench_w4", "id");

  private final int seconds;
  private final int loadTps;

  /**
   * @param loadTps transactions of TPC-B per second beside the rows that are watched; 0 for none
   */
  public Latency(int seconds, int loadTps) {
    this.seconds = seconds;
    this.loadTps = loadTps;
  }

  @Override
  public Figures run(BenchStack stack) throws Exception {
    List<Sql.Keyed> tables = new ArrayList<>(List.of(TABLE));
    stack.onBoth("w4.sql");
    if (loadTps > 0) {
      stack.onBoth(TpcBBacklog.TABLES_FILE);
      tables.addAll(TpcBBacklog.TABLES);
    }
    stack.replicate(tables);
    Figures figures = new Figures("w4");
    if (loadTps == 0) {
      measure(stack, figures);
    } else {
      TpcB.Running load = new TpcB(stack).runAtRate(loadTps);
      long begin = System.nanoTime();
      measure(stack, figures);
      figures.with("load_tps", load.finish() * 1_000_000_000L / (System.nanoTime() - begin));
    }
    Marker marker = new Marker(stack);
    marker.put(Long.MAX_VALUE);
    marker.await(Long.MAX_VALUE);
    stack.requireEqual(tables);
    return figures;
  }

  private void measure(BenchStack stack, Figures figures) throws Exception {
    int rows = seconds * 1000 / INTERVAL_MILLIS + WARM_UP_ROWS;
    CompletableFuture<long[]> seen = CompletableFuture.supplyAsync(() -> watch(stack, rows));
    Map<String, Double> used;
    long[] committed;
    try (ServerUsage usage = stack.measure()) {
      committed = write(stack, rows);
      used = usage.figures();
    }
    Histogram micros = micros(committed, seen.get());
    figures
        .with("rows", micros.getTotalCount())
        .with("p50_ms", micros.getValueAtPercentile(50) / 1000.0)
        .with("p95_ms", micros.getValueAtPercentile(95) / 1000.0)
        .with("p99_ms", micros.getValueAtPercentile(99) / 1000.0)
        .with("max_ms", micros.getMaxValue() / 1000.0)
        .with(used);
  }

  private static Histogram micros(long[] committed, long[] seen) {
    Histogram micros = new Histogram(3);
    for (int i = WARM_UP_ROWS; i < committed.length; i++) {
      // A row can be seen before its writer learns that it is committed.
      micros.recordValue(Math.max(0, seen[i] - committed[i]) / 1000);
    }
    return micros;
  }

  private static long[] write(BenchStack stack, int rows) throws SQLException {
    long[] committed = new long[rows];
    try (Connection provider = stack.open(BenchStack.PROVIDER);
        PreparedStatement insert = provider.prepareStatement(Sql.INSERT_ROW)) {
      long begin = System.nanoTime();
      for (int i = 0; i < rows; i++) {
        insert.setLong(1, i + 1);
        insert.execute();
        committed[i] = System.nanoTime();
        Pause.untilNanos(begin + (i + 1L) * INTERVAL_MILLIS * 1_000_000);
      }
    }
    return committed;
  }

  private static long[] watch(BenchStack stack, int rows) {
    long[] seen = new long[rows];
    int last = 0;
    try (Connection subscriber = stack.open(BenchStack.SUBSCRIBER);
        PreparedStatement select = subscriber.prepareStatement(Sql.SELECT_LAST_ROW)) {
      long progress = System.nanoTime();
      while (last < rows) {
        int now = Math.max(last, look(select, last));
        long time = System.nanoTime();
        for (int i = last; i < now; i++) {
          seen[i] = time;
          progress = time;
        }
        last = now;
        if (time - progress > PATIENCE_SECONDS * 1_000_000_000L) {
          throw new IllegalStateException(
              "Row %d did not arrive within %d s".formatted(last + 1, PATIENCE_SECONDS));
        }
        Pause.millis(1);
      }
      return seen;
    } catch (SQLException e) {
      throw new IllegalStateException("The subscriber cannot be watched", e);
    }
  }

  private static int look(PreparedStatement select, int last) throws SQLException {
    select.setLong(1, last);
    try (ResultSet rows = select.executeQuery()) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
