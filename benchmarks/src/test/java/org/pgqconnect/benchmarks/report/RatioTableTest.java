/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class RatioTableTest {
  @Test
  void showsEachFigureWithItsRatioToTheBase() {
    List<Figures> variants =
        List.of(
            new Figures("w5 none").with("tps", 3000).with("rows", 50),
            new Figures("w5 c").with("tps", 2000).with("rows", 20));

    assertThat(RatioTable.of(variants, "c"))
        .containsExactly(
            "| | none | c |",
            "|---|---|---|",
            "| tps | 3,000 (1.50) | 2,000 (1.00) |",
            "| rows | 50 (2.50) | 20 (1.00) |");
  }

  @Test
  void namesAMissingBase() {
    List<Figures> variants = List.of(new Figures("w5 none").with("tps", 1));

    assertThatThrownBy(() -> RatioTable.of(variants, "c"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("No variant c");
  }
}
