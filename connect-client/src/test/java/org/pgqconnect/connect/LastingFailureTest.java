/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A failure counts only when it stays. */
class LastingFailureTest {
  private long now = Long.MAX_VALUE - 5;
  private Optional<String> failure = Optional.empty();

  private final LastingFailure lasting = new LastingFailure(() -> failure, () -> now);

  private void pass(int seconds) {
    now += Duration.ofSeconds(seconds).toNanos();
  }

  @Test
  void whatPassesIsNone() {
    assertThat(lasting.get()).isEmpty();
    failure = Optional.of("trace");
    assertThat(lasting.get()).isEmpty();
    pass(2);
    failure = Optional.empty();
    assertThat(lasting.get()).isEmpty();
    pass(2);
    failure = Optional.of("trace");
    assertThat(lasting.get()).as("begins again").isEmpty();
  }

  @Test
  void whatStaysIsOne() {
    failure = Optional.of("trace");
    assertThat(lasting.get()).isEmpty();
    pass(2);
    assertThat(lasting.get()).isEmpty();
    pass(1);
    assertThat(lasting.get()).contains("trace");
  }
}
