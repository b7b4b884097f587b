/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.time;

import static java.util.Objects.requireNonNull;

import java.time.Clock;

/**
 * The two clocks of a task.
 *
 * @param nano what decisions depend on; it never goes back
 * @param wall what only stamps records and metrics; it may go back
 */
public record Clocks(NanoClock nano, Clock wall) {
  /** The machine's own. */
  public static final Clocks SYSTEM = new Clocks(NanoClock.SYSTEM, Clock.systemUTC());

  public Clocks {
    requireNonNull(nano, "nano");
    requireNonNull(wall, "wall");
  }
}
