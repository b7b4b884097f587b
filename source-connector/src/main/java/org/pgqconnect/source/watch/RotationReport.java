/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/** Decides what is said about a blocked rotation: each blocker once, and again every hour. */
final class RotationReport {
  private static final Duration REMINDER = Duration.ofHours(1);

  private final String queue;
  private final NanoClock clock;
  private final Map<String, Interval> reported = new HashMap<>();

  RotationReport(String queue, NanoClock clock) {
    this.queue = requireNonNull(queue, "queue");
    this.clock = requireNonNull(clock, "clock");
  }

  /** What is to be warned of now. */
  List<String> warnings(RotationState state) {
    List<String> warnings = new ArrayList<>();
    for (RotationBlocker blocker : state.blockers()) {
      Interval last = reported.get(blocker.identity());
      if (last == null || last.isOver()) {
        reported.put(blocker.identity(), new Interval(clock, REMINDER));
        warnings.add(
            ("The event tables of queue \"%s\" are not rotated, so they grow (%s now). What blocks"
                    + " rotation: %s. To fix it: %s")
                .formatted(
                    queue, size(state.retainedBytes()), blocker.description(), blocker.remedy()));
      }
    }
    return warnings;
  }

  /** Whether rotation continues after it was reported as blocked; answers true once. */
  boolean ended(RotationState state) {
    if (state.blocked() || reported.isEmpty()) {
      return false;
    }
    reported.clear();
    return true;
  }

  static String size(long bytes) {
    if (bytes < 10L << 20) {
      return (bytes >> 10) + " kB";
    }
    return bytes < 10L << 30 ? (bytes >> 20) + " MB" : (bytes >> 30) + " GB";
  }
}
