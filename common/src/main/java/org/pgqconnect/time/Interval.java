/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.time;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** A length of time that begins, is over some time later, and can begin again. Not thread safe. */
public final class Interval {
  private final NanoClock clock;
  private final long length;
  private long beginNanos;
  private boolean ended;

  /** Begins now. */
  public Interval(NanoClock clock, Duration length) {
    this.clock = requireNonNull(clock, "clock");
    this.length = length.toNanos();
    this.beginNanos = clock.nanos();
  }

  /** One that is over already. */
  public static Interval over(NanoClock clock, Duration length) {
    Interval interval = new Interval(clock, length);
    interval.end();
    return interval;
  }

  /** Begins again, now. */
  public void begin() {
    ended = false;
    beginNanos = clock.nanos();
  }

  /** Is over from now on, however long it has lasted. */
  public void end() {
    ended = true;
  }

  /** Whether its length has passed since it began. */
  public boolean isOver() {
    return nanosLeft() <= 0;
  }

  /** Whole milliseconds until it is over; 0 when less than one is left, or it is over. */
  public long millisLeft() {
    return Math.max(0, nanosLeft() / 1_000_000);
  }

  private long nanosLeft() {
    return ended ? 0 : length - (clock.nanos() - beginNanos);
  }
}
