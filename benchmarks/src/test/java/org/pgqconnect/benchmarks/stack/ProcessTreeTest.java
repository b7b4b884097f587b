/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessTreeTest {
  @Test
  void readsCpuTimesBehindACommandNameWithBlanksAndParentheses() {
    String stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 1000 100 20 0 1 0 5";

    assertThat(ProcessTree.cpuSecondsOf(stat)).isEqualTo(13.0);
  }

  @Test
  void countsNothingForAProcessThatHasEnded() {
    assertThat(ProcessTree.cpuSecondsOf("")).isZero();
    assertThat(ProcessTree.kilobytes("", "RssAnon:")).isZero();
  }

  @Test
  void readsKilobytes() {
    assertThat(ProcessTree.kilobytes("VmRSS:\t  900 kB\nRssAnon:\t  512 kB\n", "RssAnon:"))
        .isEqualTo(512);
  }

  @Test
  void measuresThisProcess() {
    ProcessTree self = new ProcessTree(ProcessHandle.current().pid());

    assertThat(self.cpuSeconds()).isPositive();
    assertThat(self.megabytes()).isPositive();
  }
}
