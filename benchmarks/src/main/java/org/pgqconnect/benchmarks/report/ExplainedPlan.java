/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What EXPLAIN (ANALYZE, BUFFERS) says of the scans of a query.
 *
 * @param text as PostgreSQL prints it
 */
public record ExplainedPlan(String text) {
  private static final Pattern SCAN =
      Pattern.compile("(\\w+ )?Scan.*actual.* rows=([0-9.]+) loops=(\\d+)\\)");
  private static final Pattern REMOVED = Pattern.compile("Rows Removed by .*: ([0-9.]+)");
  private static final Pattern BUFFERS = Pattern.compile("(?m)^ +Buffers: shared(.*)$");
  private static final Pattern BLOCKS = Pattern.compile("(?:hit|read)=(\\d+)");

  public static ExplainedPlan of(String text) {
    return new ExplainedPlan(text);
  }

  /** Rows that scans of tables looked at, those that a filter then removed included. */
  public double rowsRead() {
    double rows = 0;
    for (String line : text.split("\n")) {
      Matcher scan = SCAN.matcher(line);
      if (scan.find() && !line.contains("Bitmap Index") && !line.contains("Subquery")) {
        rows += Double.parseDouble(scan.group(2)) * Double.parseDouble(scan.group(3));
      }
      Matcher removed = REMOVED.matcher(line);
      if (removed.find()) {
        rows += Double.parseDouble(removed.group(1));
      }
    }
    return rows;
  }

  public double sequentialScans() {
    return text.lines().filter(line -> line.contains("Seq Scan")).count();
  }

  /** Blocks that the whole query looked at, in shared buffers or not. */
  public double buffers() {
    Matcher first = BUFFERS.matcher(text);
    double blocks = 0;
    if (first.find()) {
      Matcher block = BLOCKS.matcher(first.group(1));
      while (block.find()) {
        blocks += Double.parseDouble(block.group(1));
      }
    }
    return blocks;
  }

  /** The nodes with their numbers of rows, and the total time. */
  public String brief() {
    return text.lines()
        .filter(
            line ->
                line.contains("actual") || line.contains("Removed") || line.contains("Execution"))
        .map(line -> line.replaceAll("cost=\\S+ rows=\\d+ width=\\d+\\) \\(", ""))
        .collect(Collectors.joining("\n"));
  }
}
