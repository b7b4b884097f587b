/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PgbenchOutputTest {
  @Test
  void findsTheTransactionsASecond() {
    assertThat(
            PgbenchOutput.tps(
                "number of failed transactions: 0 (0.000%)\ninitial connection time = 9.1 ms\n"
                    + "tps = 2841.507 (without initial connection time)\n"))
        .isEqualTo(2841.507);
  }

  @Test
  void showsAnOutputThatDoesNotSay() {
    assertThatThrownBy(() -> PgbenchOutput.tps("connection refused"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("connection refused");
  }
}
