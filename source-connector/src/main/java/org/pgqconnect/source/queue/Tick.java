/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static java.util.Objects.requireNonNull;

/**
 * A row of {@code pgq.tick}.
 *
 * @param time the provider's own text of {@code tick_time} in UTC: compared, and never decides by
 *     how much it differs
 * @param snapshot the provider's own text of {@code tick_snapshot}
 * @param eventSeq the event sequence when the tick was made: a hint, not a count
 */
public record Tick(long id, String time, String snapshot, long eventSeq) {
  public Tick {
    requireNonNull(time, "time");
    requireNonNull(snapshot, "snapshot");
  }

  /** {@link #time} in milliseconds since 1970 UTC: for metrics only. */
  public long timeMillis() {
    return new EventTime().micros(time) / 1000;
  }
}
