/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BackoffTest {
  private final Backoff backoff = new Backoff();

  @Test
  void waitsTwiceAsLongAfterEveryFailureUpToALimit() {
    assertThat(backoff.takeMillis()).isEqualTo(Backoff.FIRST_MILLIS);
    assertThat(backoff.takeMillis()).isEqualTo(2 * Backoff.FIRST_MILLIS);
    assertThat(backoff.takeMillis()).isEqualTo(4 * Backoff.FIRST_MILLIS);
    for (int i = 0; i < 100; i++) {
      backoff.takeMillis();
    }
    assertThat(backoff.takeMillis()).isEqualTo(Backoff.LONGEST_MILLIS);
  }

  @Test
  void beginsAgainAfterASuccess() {
    backoff.takeMillis();
    backoff.takeMillis();
    backoff.worked();
    assertThat(backoff.takeMillis()).isEqualTo(Backoff.FIRST_MILLIS);
  }

  @Test
  void doesNotWaitOnceItIsCancelled() throws Exception {
    for (int i = 0; i < 100; i++) {
      backoff.takeMillis();
    }
    Thread stop = new Thread(backoff::cancel);
    stop.start();
    backoff.failed();
    stop.join();
    backoff.failed();
  }
}
