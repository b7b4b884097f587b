/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Pause;
import org.pgqconnect.benchmarks.stack.ProcessTree;

/** What a deployed connector costs a provider on which nothing happens, in % of one core. */
public final class Idle implements Workload {
  private static final long SETTLE_MILLIS = 20_000;
  private static final String BACKENDS =
      """
      select case when application_name like 'pgq-connect %' then split_part(application_name, ' ', 2)
                  else replace(backend_type, ' ', '_') end as kind, pid
        from pg_stat_activity where pid <> pg_backend_pid()
      """;

  private final int seconds;

  public Idle(int seconds) {
    this.seconds = seconds;
  }

  @Override
  public Figures run(BenchStack stack) throws Exception {
    stack.replicate(List.of());
    Pause.millis(SETTLE_MILLIS);
    try (Connection session = stack.open(BenchStack.PROVIDER)) {
      Map<String, Double> before = cpuSeconds(session);
      ProcessTree server = new ProcessTree(stack.server(BenchStack.PROVIDER).pid());
      double all = server.cpuSeconds();
      long begin = System.nanoTime();
      Pause.millis(seconds * 1000L);
      double share = 100 / ((System.nanoTime() - begin) / 1e9);
      Figures figures =
          new Figures("idle").with("provider_cpu_percent", (server.cpuSeconds() - all) * share);
      cpuSeconds(session)
          .forEach(
              (kind, used) ->
                  figures.with(
                      kind + "_cpu_percent", (used - before.getOrDefault(kind, 0.0)) * share));
      return figures;
    }
  }

  /** By what a process is for: source, ticker, checkpointer ... */
  private static Map<String, Double> cpuSeconds(Connection session) throws SQLException {
    Map<String, Double> seconds = new TreeMap<>();
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(BACKENDS)) {
      while (rows.next()) {
        seconds.merge(rows.getString(1), ProcessTree.runSeconds(rows.getLong(2)), Double::sum);
      }
    }
    return seconds;
  }
}
