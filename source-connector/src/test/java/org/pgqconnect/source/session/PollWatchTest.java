/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PollWatchTest {
  private static final long LONG = PollWatch.FORGOTTEN.toNanos();

  private final PollWatch watch = new PollWatch();
  private final AtomicInteger givenUp = new AtomicInteger();

  private boolean release(long now) {
    return watch.release(now, givenUp::incrementAndGet);
  }

  @Test
  void aBatchThatNobodyAsksForIsGivenUpOnce() {
    assertThat(watch.begin()).isFalse();
    watch.end(true, 0);
    assertThat(release(LONG - 1)).isFalse();
    assertThat(release(LONG)).isTrue();
    assertThat(release(2 * LONG)).isFalse();
    assertThat(givenUp).hasValue(1);
    assertThat(watch.begin()).as("the session is gone").isTrue();
    watch.end(false, 3 * LONG);
    assertThat(watch.begin()).isFalse();
  }

  @Test
  void betweenBatchesThereIsNothingToGiveUp() {
    watch.begin();
    watch.end(false, 0);
    assertThat(release(10 * LONG)).isFalse();
  }

  @Test
  void aReaderAtWorkIsLeftAlone() {
    watch.begin();
    watch.end(true, 0);
    watch.begin();
    assertThat(release(10 * LONG)).isFalse();
    assertThat(givenUp).hasValue(0);
  }
}
