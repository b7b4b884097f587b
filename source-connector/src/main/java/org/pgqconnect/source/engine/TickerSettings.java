/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * When a queue's ticker makes ticks.
 *
 * @param maxCount tick at once after so many events
 * @param maxLag tick after this time if there are events at all
 * @param idlePeriod longest time between two ticks of a queue without events
 */
public record TickerSettings(int maxCount, Duration maxLag, Duration idlePeriod) {

  public TickerSettings {
    requireNonNull(maxLag, "maxLag");
    requireNonNull(idlePeriod, "idlePeriod");
    if (maxCount < 1) {
      throw new IllegalArgumentException("ticker_max_count must be at least 1, not " + maxCount);
    }
  }

  /** For the ticker inside the source connector, which decides on its own how often it calls. */
  public static TickerSettings embedded() {
    return new TickerSettings(1, Duration.ZERO, Duration.ZERO);
  }

  /** PgQ's own defaults, for {@code pgqd}. */
  public static TickerSettings pgqDefaults() {
    return new TickerSettings(500, Duration.ofSeconds(3), Duration.ofMinutes(1));
  }
}
