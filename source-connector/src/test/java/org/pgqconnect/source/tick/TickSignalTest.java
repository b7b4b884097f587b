/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgqconnect.time.ManualClock;
import org.pgqconnect.time.NanoClock;

@Timeout(60)
class TickSignalTest {
  private static final long LONG_MILLIS = 600_000;

  private final ManualClock clock = new ManualClock();

  @Test
  void countsTheTimeSinceANewerTickWasHeardOf() {
    TickSignal signal = new TickSignal(clock);
    clock.advance(Duration.ofSeconds(3));
    assertThat(signal.millisSinceTick()).isEqualTo(3000);
    assertThat(signal.ticked(7)).isTrue();
    clock.advance(Duration.ofSeconds(2));
    assertThat(signal.ticked(7)).as("the same tick").isFalse();
    assertThat(signal.millisSinceTick()).isEqualTo(2000);
    assertThat(signal.newestTick()).isEqualTo(7);
    assertThat(signal.hasTickAfter(6)).isTrue();
    assertThat(signal.hasTickAfter(7)).isFalse();
  }

  @Test
  void aReaderWaitsForATickAfterItsPositionAndIsBusyOtherwise() throws Exception {
    TickSignal signal = new TickSignal(NanoClock.SYSTEM);
    assertThat(signal.readerBusy()).isTrue();
    assertThat(signal.await(7, 1)).isFalse();
    Thread ticker =
        new Thread(
            () -> {
              while (signal.readerBusy()) {
                Thread.onSpinWait();
              }
              signal.ticked(8);
            });
    ticker.start();
    assertThat(signal.await(7, LONG_MILLIS)).isTrue();
    ticker.join();
    assertThat(signal.readerBusy()).isTrue();
  }

  @Test
  void aFailureIsThrownOnceAndForgottenWhenASessionBegins() throws Exception {
    TickSignal signal = new TickSignal(NanoClock.SYSTEM);
    signal.failed(new IllegalStateException("no server"));
    assertThatThrownBy(() -> signal.await(0, LONG_MILLIS)).hasMessage("no server");
    assertThat(signal.await(0, 1)).isFalse();
    signal.failed(new IllegalStateException("no server"));
    signal.restart(3);
    assertThat(signal.await(2, 1)).isTrue();
  }

  @Test
  void aRequestCutsThePauseShort() throws Exception {
    TickSignal signal = new TickSignal(NanoClock.SYSTEM);
    signal.requestTick();
    signal.rest(LONG_MILLIS);
    assertThat(signal.takeRequest()).isTrue();
    assertThat(signal.takeRequest()).as("it is taken once").isFalse();
  }

  @Test
  void whoeverDoesNotTickDropsRequests() throws Exception {
    TickSignal signal = new TickSignal(NanoClock.SYSTEM);
    TickerState state = new TickerState(signal, new ManualClock());
    state.become(TickerRole.ACTIVE);
    signal.requestTick();
    state.rest(true);
    assertThat(signal.takeRequest()).as("one that ticks sees it at its next look").isTrue();
    state.become(TickerRole.STANDING_BY);
    signal.requestTick();
    state.rest(true);
    assertThat(signal.takeRequest()).isFalse();
  }
}
