/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.time.NanoClock;

/**
 * Decides when a ticker stands by because another program ticks the queue, and when it continues. A
 * single tick may come from any {@code select pgq.ticker()}; two of them soon after each other are
 * a daemon. It is taken for dead when it misses three of its own periods; when that was too early,
 * it gets twice the time the next time, so that two tickers do not take turns for ever.
 *
 * <p>Not thread safe.
 */
final class OtherTicks {
  static final long DAEMON_MILLIS = 30_000;
  static final long FIRST_QUIET_MILLIS = 3_000;
  static final long LONGEST_QUIET_MILLIS = 60_000;

  private final NanoClock clock;
  private long lastSeenNanos;
  private boolean any;
  private long longestGap;
  private boolean standingBy;
  private long resumedNanos;
  private boolean resumed;
  private long quiet = FIRST_QUIET_MILLIS;

  OtherTicks(NanoClock clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Ticks appeared that this ticker did not make.
   *
   * @param count how many
   * @return true when it has to begin to stand by
   */
  boolean seen(int count) {
    long gap = millisSince(lastSeenNanos);
    boolean again = count > 1 || any && gap <= DAEMON_MILLIS;
    if (standingBy && any) {
      longestGap = Math.max(longestGap, gap);
    }
    lastSeenNanos = clock.nanos();
    any = true;
    if (standingBy || !again) {
      return false;
    }
    standingBy = true;
    longestGap = 0;
    boolean tooEarly = resumed && millisSince(resumedNanos) <= LONGEST_QUIET_MILLIS;
    quiet = tooEarly ? Math.min(LONGEST_QUIET_MILLIS, 2 * quiet) : FIRST_QUIET_MILLIS;
    return true;
  }

  /** How long the other ticker has to be silent, in milliseconds. */
  long quietMillis() {
    return Math.min(LONGEST_QUIET_MILLIS, Math.max(quiet, 3 * longestGap));
  }

  /**
   * Whether the other ticker has been silent for so long that this one has to continue; answers
   * true once.
   */
  boolean ended() {
    if (!standingBy || millisSince(lastSeenNanos) < quietMillis()) {
      return false;
    }
    standingBy = false;
    any = false;
    resumed = true;
    resumedNanos = clock.nanos();
    return true;
  }

  private long millisSince(long nanos) {
    return (clock.nanos() - nanos) / 1_000_000;
  }
}
