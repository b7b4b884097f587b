/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.time.NanoClock;

class TickerTest {
  private final TickSignal signal = new TickSignal(NanoClock.SYSTEM);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorThatEndsTheThreadFailsTheTaskWhateverHappensMeanwhile(boolean embedded) {
    try (Ticker ticker =
        new Ticker(
            () -> {
              throw new NoClassDefFoundError("org/postgresql/Gone");
            },
            new Ticker.Settings("q", embedded, Duration.ofSeconds(1)),
            signal,
            NanoClock.SYSTEM)) {
      ticker.start();
      for (int session = 0; session < 2; session++) {
        assertThatThrownBy(() -> signal.await(0, 10_000))
            .isInstanceOf(StopException.class)
            .hasCauseInstanceOf(NoClassDefFoundError.class)
            .hasMessageContaining(
                "The thread that makes or watches for the ticks of queue \"q\" ended:"
                    + " java.lang.NoClassDefFoundError: org/postgresql/Gone. Without ticks nothing"
                    + " is published")
            .hasMessageContaining("POST /connectors/<name>/tasks/0/restart");
        signal.restart(7);
      }
    }
  }
}
