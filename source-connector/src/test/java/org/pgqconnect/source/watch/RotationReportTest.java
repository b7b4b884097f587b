/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.time.ManualClock;

class RotationReportTest {
  private static final RotationBlocker A = new RotationBlocker("a", "A blocks", "end a");
  private static final RotationBlocker A_LATER = new RotationBlocker("a", "A blocks on", "end a");
  private static final RotationBlocker B = new RotationBlocker("b", "B blocks", "end b");

  private final ManualClock clock = new ManualClock();
  private final RotationReport report = new RotationReport("q", clock);

  private static RotationState state(RotationBlocker... blockers) {
    return new RotationState(20 << 20, 0, List.of(blockers));
  }

  @Test
  void namesEachBlockerOnceAndRarelyAgain() {
    assertThat(report.warnings(state(A)))
        .containsExactly(
            "The event tables of queue \"q\" are not rotated, so they grow (20 MB now). What blocks"
                + " rotation: A blocks. To fix it: end a");
    clock.advance(Duration.ofNanos(1));
    assertThat(report.warnings(state(A_LATER, B))).hasSize(1).first().asString().contains("B");
    clock.advance(Duration.ofHours(1).minusNanos(2));
    assertThat(report.warnings(state(A, B))).isEmpty();
    clock.advance(Duration.ofNanos(1));
    assertThat(report.warnings(state(A_LATER)))
        .hasSize(1)
        .first()
        .asString()
        .contains("A blocks on");
  }

  @Test
  void saysOnceThatRotationGoesOn() {
    assertThat(report.ended(state())).isFalse();
    report.warnings(state(A));
    assertThat(report.ended(state(A))).isFalse();
    assertThat(report.ended(state())).isTrue();
    assertThat(report.ended(state())).isFalse();
    assertThat(report.warnings(state(A))).as("blocked anew").hasSize(1);
  }

  @Test
  void sizes() {
    assertThat(RotationReport.size(8192)).isEqualTo("8 kB");
    assertThat(RotationReport.size(5L << 30)).isEqualTo("5120 MB");
    assertThat(RotationReport.size(50L << 30)).isEqualTo("50 GB");
  }

  @Test
  void whatIsToBeDoneNamesTheConnector() {
    RotationState state =
        state(RotationBlocker.own("c", 7, "00:10:00", 12))
            .completedBy(Remedy.incomplete().ofConnector("bank source"));
    assertThat(state.blockers().get(0).remedy())
        .isEqualTo("resume it (PUT /connectors/bank%20source/resume), or check the worker's log");
  }
}
