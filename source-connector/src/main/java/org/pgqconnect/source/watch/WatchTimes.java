/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import java.time.Duration;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/** When the provider's triggers are checked, and when its maintenance runs. Not thread safe. */
final class WatchTimes {
  private static final Duration LONGEST_REST = Duration.ofMinutes(1);
  private static final long SHORTEST_REST_MILLIS = 10;

  private final Interval check;
  private final Interval maintenance;

  /**
   * @param captureCheck the time between two checks of the triggers; the first is after that time,
   *     as the task checks them itself when it starts
   * @param maintenance the time between two rounds of maintenance; the first is at once
   */
  WatchTimes(NanoClock clock, Duration captureCheck, Duration maintenance) {
    this.check = new Interval(clock, captureCheck);
    this.maintenance = Interval.over(clock, maintenance);
  }

  /** Whether the triggers are to be checked now; the next time counts from a true answer. */
  boolean isCheckDue() {
    return isDue(check);
  }

  /** Whether maintenance is to run now; the next time counts from a true answer. */
  boolean isMaintenanceDue() {
    return isDue(maintenance);
  }

  private static boolean isDue(Interval interval) {
    boolean due = interval.isOver();
    if (due) {
      interval.begin();
    }
    return due;
  }

  /** How long to rest until something is due; a minute at most. */
  Duration untilNext() {
    long next = Math.min(check.millisLeft(), maintenance.millisLeft());
    long rest = Math.min(next, LONGEST_REST.toMillis());
    return Duration.ofMillis(Math.max(SHORTEST_REST_MILLIS, rest + 1));
  }
}
