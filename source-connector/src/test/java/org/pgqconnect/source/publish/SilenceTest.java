/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.ManualClock;

/** When an END is due though nothing changed. */
class SilenceTest {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private static Duration longestSilence() {
    return new BatchPublisher.Settings(
            "q", "c", false, table -> true, "", 1, 1, false, HEARTBEAT, 1, Duration.ofSeconds(20))
        .longestSilence();
  }

  @Test
  void theTickOfAHeartbeatThatComesALittleEarlyIsNotLeftOut() {
    ManualClock clock = new ManualClock();
    Interval silence = new Interval(clock, longestSilence());
    clock.advance(HEARTBEAT.minusMillis(100));
    assertThat(silence.isOver()).isTrue();
    silence.begin();
    clock.advance(HEARTBEAT.dividedBy(2));
    assertThat(silence.isOver()).as("an idle queue is not told of more often").isFalse();
  }
}
