/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgqconnect.benchmarks.report.Figures;

class ReportTest {
  @Test
  void takesTheMedianOfEachValueByItself() {
    List<Figures> runs = List.of(figures(3, 10), figures(1, 30), figures(2, 20));

    assertThat(Report.median(runs)).containsEntry("a", 2.0).containsEntry("b", 20.0);
  }

  @Test
  void writesOneLineARunAndShowsTheMedians(@TempDir Path directory) throws IOException {
    StringWriter shown = new StringWriter();
    Path file = directory.resolve("new/results.tsv");
    Report report = new Report(new PrintWriter(shown), file);

    report.add(1, figures(1.25, 7));
    report.add(2, figures(2, 8));
    report.medians();

    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .first()
        .asString()
        .endsWith("\tw=w9\trun=1\ta=1.3\tb=7");
    assertThat(shown.toString()).contains("w9 median of 2   a=1.3  b=7");
  }

  private static Figures figures(double a, double b) {
    return new Figures("w9").with("a", a).with("b", b);
  }
}
