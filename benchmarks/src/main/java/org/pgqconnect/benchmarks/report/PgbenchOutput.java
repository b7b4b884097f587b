/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What pgbench prints. */
public final class PgbenchOutput {
  private static final Pattern TPS = Pattern.compile("(?m)^tps = ([0-9.]+)");

  private PgbenchOutput() {}

  /**
   * Transactions per second.
   *
   * @throws IllegalStateException when the output does not say
   */
  public static double tps(String output) {
    Matcher matcher = TPS.matcher(output);
    if (!matcher.find()) {
      throw new IllegalStateException(
          "pgbench did not say how many transactions it ran: " + output);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
