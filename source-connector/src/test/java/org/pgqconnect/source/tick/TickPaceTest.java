/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TickPaceTest {
  private final TickPace pace = new TickPace();

  private long restAfterIdle(long millis) {
    long rest = 0;
    for (long idle = 0; idle <= millis; idle += rest) {
      pace.idle();
      rest = pace.rest(false);
    }
    return rest;
  }

  @Test
  void hardlyRestsAfterATickAndBacksOffWhenIdle() {
    pace.ticked();
    assertThat(pace.rest(false)).isEqualTo(TickPace.ACTIVE_MILLIS);
    assertThat(restAfterIdle(TickPace.PATIENCE_MILLIS / 2)).isEqualTo(TickPace.IDLE_MILLIS);
    assertThat(restAfterIdle(TickPace.PATIENCE_MILLIS)).isEqualTo(TickPace.LONG_IDLE_MILLIS / 2);
    assertThat(restAfterIdle(2 * TickPace.PATIENCE_MILLIS)).isEqualTo(TickPace.LONG_IDLE_MILLIS);
    pace.ticked();
    assertThat(pace.rest(false)).isEqualTo(TickPace.ACTIVE_MILLIS);
  }

  @Test
  void doesNotTickFasterThanABusyReaderReads() {
    pace.ticked();
    assertThat(pace.rest(true)).isEqualTo(TickPace.BUSY_READER_MILLIS);
  }
}
