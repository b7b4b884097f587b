/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What servers use of the machine from a start until {@link #figures}: CPU time, peak memory. */
public final class ServerUsage implements AutoCloseable {
  private static final long SAMPLE_MILLIS = 500;

  private final Map<String, ProcessTree> servers = new TreeMap<>();
  private final Map<String, Double> startSeconds = new TreeMap<>();
  private final Map<String, Double> peakMegabytes = new TreeMap<>();
  private final Thread sampler = new Thread(this::sample, "server-usage");
  private volatile boolean stopping;

  private ServerUsage(Map<String, Long> pids) {
    pids.forEach((name, pid) -> servers.put(name, new ProcessTree(pid)));
    servers.forEach((name, tree) -> startSeconds.put(name, tree.cpuSeconds()));
  }

  /**
   * @param pids the first process of each server, by the server's name
   */
  static ServerUsage start(Map<String, Long> pids) {
    ServerUsage usage = new ServerUsage(pids);
    usage.look();
    usage.sampler.setDaemon(true);
    usage.sampler.start();
    return usage;
  }

  private void sample() {
    while (!stopping) {
      Pause.millis(SAMPLE_MILLIS);
      look();
    }
  }

  private synchronized void look() {
    servers.forEach((name, tree) -> peakMegabytes.merge(name, tree.megabytes(), Math::max));
  }

  /** {@code <server>_cpu_s} and {@code <server>_rss_mb} of each server. */
  public synchronized Map<String, Double> figures() {
    look();
    Map<String, Double> figures = new LinkedHashMap<>();
    servers.forEach(
        (name, tree) -> {
          figures.put(name + "_cpu_s", tree.cpuSeconds() - startSeconds.get(name));
          figures.put(name + "_rss_mb", (double) Math.round(peakMegabytes.get(name)));
        });
    return figures;
  }

  @Override
  public void close() {
    stopping = true;
  }
}
