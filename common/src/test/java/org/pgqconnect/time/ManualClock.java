/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.time;

import java.time.Duration;

/** A clock that stands still until a test moves it. It begins near the end of the numbers. */
public final class ManualClock implements NanoClock {
  private long now = Long.MAX_VALUE - 5;

  @Override
  public synchronized long nanos() {
    return now;
  }

  /** Waits for no time: the clock is moved instead. */
  @Override
  public void sleep(long millis) {
    advance(Duration.ofMillis(millis));
  }

  /** Moves it forward; an overflow is what System.nanoTime may do as well. */
  public synchronized void advance(Duration by) {
    now += by.toNanos();
  }
}
