/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.time.ManualClock;

/** A session that just ends is waited for, one that stays is not. */
class LockWaitTest {
  private static final LockHolder HOLDER = new LockHolder(7, "", "backend 7");

  private final ManualClock clock = new ManualClock();
  private final LockWait waiting = new LockWait(clock, Duration.ofSeconds(5));
  private int asked;

  /** A lock that is free when it was asked about so often. */
  private LockWait.Question freeAt(int question) {
    asked = 0;
    return () -> ++asked < question ? Optional.of(HOLDER) : Optional.empty();
  }

  @Test
  void aLockThatIsFreeIsNotWaitedFor() throws Exception {
    long before = clock.nanos();
    assertThat(waiting.outlast(freeAt(1))).isEmpty();
    assertThat(clock.nanos()).isEqualTo(before);
  }

  @Test
  void aHolderThatEndsIsOutlasted() throws Exception {
    assertThat(waiting.outlast(freeAt(3))).isEmpty();
    assertThat(asked).isEqualTo(3);
  }

  @Test
  void theTimeIsThatOfAllLocksTogether() throws Exception {
    assertThat(waiting.outlast(freeAt(40))).isEmpty();
    assertThat(waiting.outlast(freeAt(40))).contains(HOLDER);
    assertThat(asked).as("40 asked after 3.9 s, 12 more in the last 1.1 s").isEqualTo(12);
  }
}
