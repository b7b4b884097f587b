/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.pgqconnect.time.ManualClock;

class WatchTimesTest {
  private final ManualClock clock = new ManualClock();

  private WatchTimes times(Duration captureCheck, Duration maintenance) {
    return new WatchTimes(clock, captureCheck, maintenance);
  }

  @Test
  void maintenanceRunsAtOnceAndThenEachTimeItsIntervalIsOver() {
    WatchTimes times = times(Duration.ofHours(1), Duration.ofSeconds(30));
    assertThat(times.isMaintenanceDue()).isTrue();
    assertThat(times.isMaintenanceDue()).isFalse();
    clock.advance(Duration.ofSeconds(30).minusNanos(1));
    assertThat(times.isMaintenanceDue()).isFalse();
    clock.advance(Duration.ofNanos(1));
    assertThat(times.isMaintenanceDue()).isTrue();
    assertThat(times.isMaintenanceDue()).isFalse();
  }

  @Test
  void triggersAreCheckedWhenTheIntervalIsOver() {
    WatchTimes times = times(Duration.ofSeconds(10), Duration.ofHours(1));
    assertThat(times.isCheckDue()).as("the task has checked them").isFalse();
    clock.advance(Duration.ofSeconds(10));
    assertThat(times.isCheckDue()).isTrue();
    assertThat(times.isCheckDue()).isFalse();
  }

  @Test
  void restsUntilWhatIsDueNext() {
    WatchTimes times = times(Duration.ofSeconds(10), Duration.ofSeconds(30));
    assertThat(times.untilNext()).as("maintenance is due").isEqualTo(Duration.ofMillis(10));
    times.isMaintenanceDue();
    assertThat(times.untilNext()).isEqualTo(Duration.ofMillis(10_001));
    clock.advance(Duration.ofSeconds(4));
    assertThat(times.untilNext()).isEqualTo(Duration.ofMillis(6_001));
  }

  @Test
  void restsForAMinuteAtMost() {
    WatchTimes times = times(Duration.ofHours(1), Duration.ofHours(2));
    times.isMaintenanceDue();
    assertThat(times.untilNext()).isEqualTo(Duration.ofMillis(60_001));
  }
}
