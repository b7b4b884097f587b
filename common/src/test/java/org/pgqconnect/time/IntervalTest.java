/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IntervalTest {
  private final ManualClock clock = new ManualClock();
  private final Interval interval = new Interval(clock, Duration.ofMillis(10));

  @Test
  void isOverWhenItsLengthHasPassed() {
    assertThat(interval.millisLeft()).isEqualTo(10);
    clock.advance(Duration.ofNanos(9_999_999));
    assertThat(interval.isOver()).isFalse();
    assertThat(interval.millisLeft()).as("whole milliseconds").isZero();
    clock.advance(Duration.ofNanos(1));
    assertThat(interval.isOver()).isTrue();
    clock.advance(Duration.ofDays(1));
    assertThat(interval.isOver()).isTrue();
    assertThat(interval.millisLeft()).isZero();
  }

  @Test
  void beginsAgain() {
    clock.advance(Duration.ofMillis(15));
    interval.begin();
    assertThat(interval.isOver()).isFalse();
    assertThat(interval.millisLeft()).isEqualTo(10);
  }

  @Test
  void mayEndBeforeItsLengthHasPassedUntilItBeginsAgain() {
    interval.end();
    assertThat(interval.isOver()).isTrue();
    interval.begin();
    assertThat(interval.isOver()).isFalse();
    assertThat(Interval.over(clock, Duration.ofMillis(10)).isOver()).isTrue();
  }
}
