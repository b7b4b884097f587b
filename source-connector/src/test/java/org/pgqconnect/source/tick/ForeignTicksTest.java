/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ForeignTicksTest {
  private final ForeignTicks foreign = new ForeignTicks();

  @Test
  void oneTickIsNoDaemon() {
    assertThat(foreign.seen(0, 1)).isFalse();
    assertThat(foreign.seen(ForeignTicks.DAEMON_MILLIS + 1, 1)).isFalse();
    assertThat(foreign.ended(1_000_000)).isFalse();
  }

  @Test
  void twoTicksAre() {
    assertThat(foreign.seen(0, 1)).isFalse();
    assertThat(foreign.seen(1000, 1)).isTrue();
    assertThat(foreign.seen(2000, 1)).as("it stands by already").isFalse();
  }

  @Test
  void twoAtOnceAre() {
    assertThat(foreign.seen(5, 2)).isTrue();
  }

  @Test
  void goesOnSecondsAfterTheLastTick() {
    foreign.seen(0, 2);
    assertThat(foreign.ended(2999)).isFalse();
    assertThat(foreign.ended(3000)).isTrue();
    assertThat(foreign.ended(9000)).as("it goes on already").isFalse();
  }

  @Test
  void aSlowDaemonGetsThreeOfItsPeriods() {
    foreign.seen(0, 2);
    foreign.seen(2500, 1);
    assertThat(foreign.quietMillis()).isEqualTo(7500);
    foreign.seen(500_000, 1);
    assertThat(foreign.quietMillis()).isEqualTo(ForeignTicks.LONGEST_QUIET_MILLIS);
  }

  @Test
  void twoTickersDoNotTakeTurns() {
    long now = 0;
    foreign.seen(now, 2);
    for (long quiet = 3000; quiet < ForeignTicks.LONGEST_QUIET_MILLIS; quiet *= 2) {
      assertThat(foreign.quietMillis()).isEqualTo(quiet);
      now += quiet;
      assertThat(foreign.ended(now)).isTrue();
      assertThat(foreign.seen(now, 2)).isTrue();
    }
    assertThat(foreign.quietMillis()).isEqualTo(ForeignTicks.LONGEST_QUIET_MILLIS);
    now += ForeignTicks.LONGEST_QUIET_MILLIS;
    assertThat(foreign.ended(now)).isTrue();
    foreign.seen(now + 1_000_000, 2);
    assertThat(foreign.quietMillis())
        .as("that was another one")
        .isEqualTo(ForeignTicks.FIRST_QUIET_MILLIS);
  }
}
