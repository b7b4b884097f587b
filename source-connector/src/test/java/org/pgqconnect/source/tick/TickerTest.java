/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TickerTest {
  private final TickSignal signal = new TickSignal();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorThatEndsTheThreadFailsTheTaskWhateverHappensMeanwhile(boolean embedded) {
    try (Ticker ticker =
        new Ticker(
            () -> {
              throw new NoClassDefFoundError("org/postgresql/Gone");
            },
            new Ticker.Settings("q", embedded, Duration.ofSeconds(1)),
            signal)) {
      ticker.start();
      for (int session = 0; session < 2; session++) {
        assertThatThrownBy(() -> signal.await(0, 10_000))
            .isInstanceOf(ConnectException.class)
            .hasCauseInstanceOf(NoClassDefFoundError.class)
            .hasMessageContaining(
                "The thread that makes or watches for the ticks of queue \"q\" ended:"
                    + " java.lang.NoClassDefFoundError: org/postgresql/Gone. Without ticks nothing is"
                    + " published")
            .hasMessageContaining("POST /connectors/<name>/tasks/0/restart");
        signal.restart(7);
      }
    }
  }
}
