/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.pgqconnect.time.ManualClock;

class OtherTicksTest {
  private final ManualClock clock = new ManualClock();
  private final OtherTicks foreign = new OtherTicks(clock);

  private void after(long millis) {
    clock.advance(Duration.ofMillis(millis));
  }

  @Test
  void oneTickIsNoDaemon() {
    assertThat(foreign.seen(1)).isFalse();
    after(OtherTicks.DAEMON_MILLIS + 1);
    assertThat(foreign.seen(1)).isFalse();
    after(1_000_000);
    assertThat(foreign.ended()).isFalse();
  }

  @Test
  void twoTicksAre() {
    assertThat(foreign.seen(1)).isFalse();
    after(OtherTicks.DAEMON_MILLIS);
    assertThat(foreign.seen(1)).isTrue();
    after(1000);
    assertThat(foreign.seen(1)).as("it stands by already").isFalse();
  }

  @Test
  void twoAtOnceAre() {
    assertThat(foreign.seen(2)).isTrue();
  }

  @Test
  void goesOnSecondsAfterTheLastTick() {
    foreign.seen(2);
    after(2999);
    assertThat(foreign.ended()).isFalse();
    after(1);
    assertThat(foreign.ended()).isTrue();
    after(6000);
    assertThat(foreign.ended()).as("it goes on already").isFalse();
  }

  @Test
  void aSlowDaemonGetsThreeOfItsPeriods() {
    foreign.seen(2);
    after(2500);
    foreign.seen(1);
    assertThat(foreign.quietMillis()).isEqualTo(7500);
    after(500_000);
    foreign.seen(1);
    assertThat(foreign.quietMillis()).isEqualTo(OtherTicks.LONGEST_QUIET_MILLIS);
  }

  @Test
  void twoTickersDoNotTakeTurns() {
    foreign.seen(2);
    for (long quiet = 3000; quiet < OtherTicks.LONGEST_QUIET_MILLIS; quiet *= 2) {
      assertThat(foreign.quietMillis()).isEqualTo(quiet);
      after(quiet);
      assertThat(foreign.ended()).isTrue();
      assertThat(foreign.seen(2)).isTrue();
    }
    assertThat(foreign.quietMillis()).isEqualTo(OtherTicks.LONGEST_QUIET_MILLIS);
    after(OtherTicks.LONGEST_QUIET_MILLIS);
    assertThat(foreign.ended()).isTrue();
    after(1_000_000);
    foreign.seen(2);
    assertThat(foreign.quietMillis())
        .as("that was another one")
        .isEqualTo(OtherTicks.FIRST_QUIET_MILLIS);
  }
}
