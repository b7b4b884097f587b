/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwaitTest {

  private static final Duration SHORT = Duration.ofMillis(100);
  private final AtomicInteger counter = new AtomicInteger();

  @Test
  void returnsTheValueThatTheConditionHeldFor() {
    int value =
        Await.atMost(Duration.ofSeconds(10), "three")
            .every(Duration.ofMillis(1))
            .until(counter::incrementAndGet, n -> n == 3);

    assertThat(value).isEqualTo(3);
  }

  @Test
  void tellsTheLastValueWhenTheTimeIsOver() {
    assertThatThrownBy(() -> Await.atMost(SHORT, "the seventh row").until(() -> 6, n -> n == 7))
        .hasMessage("Waited 0.1 s for the seventh row; the last value was <6>");
  }

  @Test
  void tellsTheLastFailureWhenTheTimeIsOver() {
    IllegalArgumentException failure = new IllegalArgumentException("no such table");

    assertThatThrownBy(
            () ->
                Await.atMost(SHORT, "rows")
                    .until(
                        () -> {
                          throw failure;
                        }))
        .hasMessageContaining("no such table")
        .hasCause(failure);
  }

  @Test
  void endsAtOnceWhenItIsHopeless() {
    assertThatThrownBy(
            () ->
                Await.atMost(Duration.ofHours(1), "the server")
                    .unless(() -> Optional.of("it is dead"))
                    .until(() -> false))
        .hasMessage("Waited in vain for the server: it is dead");
  }
}
