/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.workload.ProviderWorkload;

/** Shows the figures of each run, appends them to a file, and shows the medians at the end. */
final class Report {
  private final PrintWriter out;
  private final Path file;
  private final Map<String, List<Figures>> byWorkload = new LinkedHashMap<>();

  /**
   * @param file one line a run, {@code name=value} separated by tabs
   */
  Report(PrintWriter out, Path file) {
    this.out = out;
    this.file = file;
  }

  void add(int run, Figures figures) throws IOException {
    byWorkload.computeIfAbsent(figures.workload(), w -> new ArrayList<>()).add(figures);
    show(figures.workload() + " run " + run, figures.values());
    String line =
        LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS)
            + "\tw="
            + figures.workload()
            + "\trun="
            + run
            + "\t"
            + text(figures.values(), "\t")
            + "\n";
    Files.createDirectories(file.getParent());
    Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  void medians() {
    byWorkload.forEach(
        (workload, runs) -> show("%s median of %d".formatted(workload, runs.size()), median(runs)));
    out.println("Written to " + file);
    out.flush();
  }

  /** Shows what a workload makes of the medians of its variants. */
  void summary(ProviderWorkload workload) {
    List<Figures> medians = new ArrayList<>();
    byWorkload.forEach((name, runs) -> medians.add(new Figures(name, median(runs))));
    workload.summary(medians).forEach(out::println);
    out.flush();
  }

  /** Says that a workload was not measured. */
  void skipped(String workload, String reason) {
    out.println(workload + " is skipped: " + reason);
    out.flush();
  }

  /** The median of each value separately; the lower one of two in the middle. */
  static Map<String, Double> median(List<Figures> runs) {
    Map<String, Double> result = new LinkedHashMap<>();
    for (String name : runs.get(0).values().keySet()) {
      List<Double> sorted = runs.stream().map(run -> run.values().get(name)).sorted().toList();
      result.put(name, sorted.get((sorted.size() - 1) / 2));
    }
    return result;
  }

  private void show(String what, Map<String, Double> values) {
    out.printf("%-16s %s%n", what, text(values, "  "));
    out.flush();
  }

  private static String text(Map<String, Double> values, String separator) {
    return values.entrySet().stream()
        .map(e -> e.getKey() + "=" + number(e.getValue()))
        .collect(Collectors.joining(separator));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.1f", value);
  }
}
