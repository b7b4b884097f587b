/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.pgqconnect.time.ManualClock;

class PollWatchTest {
  private static final Duration LONG = PollWatch.FORGOTTEN;

  private final ManualClock clock = new ManualClock();
  private final PollWatch watch = new PollWatch(clock);
  private final AtomicInteger givenUp = new AtomicInteger();

  private boolean releaseAfter(Duration time) {
    clock.advance(time);
    return watch.release(givenUp::incrementAndGet);
  }

  @Test
  void aBatchThatNobodyAsksForIsGivenUpOnce() {
    assertThat(watch.begin()).isFalse();
    watch.end(true);
    assertThat(releaseAfter(LONG.minusNanos(1))).isFalse();
    assertThat(releaseAfter(Duration.ofNanos(1))).isTrue();
    assertThat(releaseAfter(LONG)).isFalse();
    assertThat(givenUp).hasValue(1);
    assertThat(watch.begin()).as("the session is gone").isTrue();
    watch.end(false);
    assertThat(watch.begin()).isFalse();
  }

  @Test
  void betweenBatchesThereIsNothingToGiveUp() {
    watch.begin();
    watch.end(false);
    assertThat(releaseAfter(LONG.multipliedBy(10))).isFalse();
  }

  @Test
  void aReaderAtWorkIsLeftAlone() {
    watch.begin();
    watch.end(true);
    watch.begin();
    assertThat(releaseAfter(LONG.multipliedBy(10))).isFalse();
    assertThat(givenUp).hasValue(0);
  }
}
