/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Marker;
import org.pgqconnect.benchmarks.stack.ServerUsage;

/** W1 and W2: how long it takes until the subscriber has caught up with a backlog. */
public final class CatchUp implements Workload {
  private static final long LAST_MARKER = 1_000_000;

  private final Backlog backlog;

  public CatchUp(Backlog backlog) {
    this.backlog = backlog;
  }

  @Override
  public Figures run(BenchStack stack) throws Exception {
    stack.onBoth(backlog.tablesFile());
    stack.replicate(backlog.tables());
    stack.pause();
    long written = System.nanoTime();
    backlog.write(stack);
    double writeSeconds = (System.nanoTime() - written) / 1e9;
    Marker marker = new Marker(stack);
    marker.put(LAST_MARKER);
    checkpoint(stack, BenchStack.PROVIDER);
    checkpoint(stack, BenchStack.SUBSCRIBER);

    Map<String, Double> used;
    double seconds;
    try (ServerUsage usage = stack.measure()) {
      long begin = System.nanoTime();
      stack.resume();
      marker.await(LAST_MARKER);
      seconds = (System.nanoTime() - begin) / 1e9;
      used = usage.figures();
    }
    stack.requireEqual(backlog.tables());
    long bytes = stack.publishedBytes();
    return new Figures(backlog.name())
        .with("events", backlog.events())
        .with("write_s", writeSeconds)
        .with("catch_up_s", seconds)
        .with("events_per_s", Math.round(backlog.events() / seconds))
        .with("worker_us_per_event", used.get("worker_cpu_s") * 1e6 / backlog.events())
        .with("kafka_bytes_per_event", (double) bytes / backlog.events())
        .with(used);
  }

  /** So that no checkpoint of the backlog's writes falls into the time that is measured. */
  private static void checkpoint(BenchStack stack, String name) throws SQLException {
    try (Connection session = stack.open(name);
        Statement statement = session.createStatement()) {
      statement.execute("checkpoint");
    }
  }
}
