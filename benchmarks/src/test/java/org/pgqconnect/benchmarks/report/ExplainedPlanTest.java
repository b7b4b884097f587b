/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExplainedPlanTest {
  private static final ExplainedPlan PLAN =
      ExplainedPlan.of(
          """
          Sort  (cost=1.00..2.00 rows=7 width=1) (actual time=0.5..0.6 rows=1000 loops=1)
            Buffers: shared hit=20 read=3
            ->  Append  (cost=1.00..2.00 rows=7 width=1) (actual time=0.1..0.4 rows=1000 loops=1)
                  ->  Index Scan using a on b  (cost=1.00..2.00 rows=7 width=1) (actual time=0.1..0.3 rows=1000 loops=1)
                        Rows Removed by Filter: 12
                        Buffers: shared hit=9
                  ->  Seq Scan on c  (cost=1.00..2.00 rows=7 width=1) (actual time=0.1..0.3 rows=0 loops=1)
          Execution Time: 0.9 ms
          """);

  @Test
  void countsTheRowsThatScansReadWithThoseThatAFilterRemoved() {
    assertThat(PLAN.rowsRead()).isEqualTo(1012);
  }

  @Test
  void countsSequentialScansAndTheBlocksOfTheWholeQuery() {
    assertThat(PLAN.sequentialScans()).isEqualTo(1);
    assertThat(PLAN.buffers()).isEqualTo(23);
  }

  @Test
  void leavesEstimatesOutOfTheBriefForm() {
    assertThat(PLAN.brief()).contains("Seq Scan on c  (actual").doesNotContain("cost=");
  }
}
