/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

/**
 * Decides when a ticker stands by because another program ticks the queue, and when it continues. A
 * single tick may come from any {@code select pgq.ticker()}; two of them soon after each other are
 * a daemon. It is taken for dead when it misses three of its own periods; when that was too early,
 * it gets twice the time the next time, so that two tickers do not take turns for ever.
 *
 * <p>Times are milliseconds of a clock that never goes back. Not thread safe.
 */
final class ForeignTicks {
  static final long DAEMON_MILLIS = 30_000;
  static final long FIRST_QUIET_MILLIS = 3_000;
  static final long LONGEST_QUIET_MILLIS = 60_000;

  private long lastSeen;
  private boolean any;
  private long longestGap;
  private boolean standingBy;
  private long resumedAt;
  private boolean resumed;
  private long quiet = FIRST_QUIET_MILLIS;

  /**
   * Ticks appeared that this ticker did not make.
   *
   * @param count how many
   * @return true when it has to begin to stand by
   */
  boolean seen(long now, int count) {
    long gap = now - lastSeen;
    boolean again = count > 1 || any && gap <= DAEMON_MILLIS;
    if (standingBy && any) {
      longestGap = Math.max(longestGap, gap);
    }
    lastSeen = now;
    any = true;
    if (standingBy || !again) {
      return false;
    }
    standingBy = true;
    longestGap = 0;
    boolean tooEarly = resumed && now - resumedAt <= LONGEST_QUIET_MILLIS;
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
  boolean ended(long now) {
    if (!standingBy || now - lastSeen < quietMillis()) {
      return false;
    }
    standingBy = false;
    any = false;
    resumed = true;
    resumedAt = now;
    return true;
  }
}
