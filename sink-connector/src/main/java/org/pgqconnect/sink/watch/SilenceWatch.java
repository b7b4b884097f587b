/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.time.NanoClock;

/**
 * How long nothing has come from the source. A source that runs publishes a batch at least every
 * heartbeat interval, so a long silence means that no source feeds the sink's topics. Not thread
 * safe.
 */
public final class SilenceWatch {
  /** The key that says how long the source may be silent. */
  public static final String KEY = "source.silence.max.ms";

  private final NanoClock clock;
  private final Clock wall;
  private final long maxMillis;
  private final String topic;
  private long since;
  private Instant last;

  /**
   * @param clock says for how long nothing has come
   * @param wall gives the time at which the last record came
   * @param maxMillis how long silence is no news; 0: for ever
   * @param topic where batches are announced
   */
  public SilenceWatch(NanoClock clock, Clock wall, long maxMillis, String topic) {
    this.clock = clock;
    this.wall = wall;
    this.maxMillis = maxMillis;
    this.topic = topic;
    this.since = clock.millis();
  }

  /** Whether silence is ever reported. */
  public boolean isOn() {
    return maxMillis > 0;
  }

  /** A batch was announced. */
  public void heard() {
    last = wall.instant().truncatedTo(ChronoUnit.SECONDS);
    since = clock.millis();
  }

  /** The sink had something else to do than to listen, or listens from now on. */
  public void begin() {
    since = clock.millis();
  }

  /** For how long nothing has come. */
  public long millis() {
    return clock.millis() - since;
  }

  /** What is missing, when that is for too long; the same text for as long as it lasts. */
  public Optional<String> problem() {
    if (!isOn() || millis() < maxMillis) {
      return Optional.empty();
    }
    return Optional.of(
        ("a record of topic %s: %s. A source publishes a batch at least every"
             + " heartbeat.interval.ms, so the one that feeds this topic is stopped, was deleted,"
             + " has failed, has a queue that gets no ticks, or publishes under another"
             + " topic.prefix or to another cluster; or its batches are taken for those of a"
             + " history that was given up (old-history among the records not applied), as the"
             + " clock of its provider is behind that of the one before: set the clock and restart"
             + " the source then; or this sink connector is paused, or does not reach Kafka."
             + " Changes do not arrive here. Look at the connectors: %s. If the source's"
             + " heartbeat.interval.ms is longer, raise %s of the sink")
            .formatted(
                topic,
                last == null ? "none has come since the task started" : "the last came at " + last,
                Remedy.status(),
                KEY));
  }
}
