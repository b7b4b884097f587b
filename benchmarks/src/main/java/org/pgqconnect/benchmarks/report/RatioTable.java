/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;

/** A Markdown table of several variants' figures, each with its ratio to those of one of them. */
public final class RatioTable {
  private RatioTable() {}

  /**
   * @param variants each named {@code <workload> <variant>}, all with the same values
   * @param base the variant that the ratios are to
   */
  public static List<String> of(List<Figures> variants, String base) {
    Figures divisor =
        variants.stream()
            .filter(figures -> variant(figures).equals(base))
            .findFirst()
            .orElseThrow(() -> new NoSuchElementException("No variant " + base));
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder("| |");
    StringBuilder rule = new StringBuilder("|---|");
    for (Figures figures : variants) {
      head.append(' ').append(variant(figures)).append(" |");
      rule.append("---|");
    }
    lines.add(head.toString());
    lines.add(rule.toString());
    for (String name : divisor.values().keySet()) {
      StringBuilder line = new StringBuilder("| ").append(name).append(" |");
      for (Figures figures : variants) {
        double value = figures.values().get(name);
        line.append(
            String.format(
                Locale.ROOT, " %,.0f (%.2f) |", value, value / divisor.values().get(name)));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static String variant(Figures figures) {
    return figures.workload().substring(figures.workload().indexOf(' ') + 1);
  }
}
