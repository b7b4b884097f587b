/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what was published, and says it once a minute in the log. {@link #total} may be asked by
 * any thread; the rest belongs to the one that publishes.
 */
public final class PublishSummary {
  private static final Logger LOG = LoggerFactory.getLogger(PublishSummary.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final String queue;
  private final NanoClock clock;
  private volatile Published total = new Published(Optional.empty(), 0, 0);
  private long batches;
  private long rows;
  private long sinceNanos;

  /** Nothing is published. */
  public PublishSummary(String queue, NanoClock clock) {
    this.queue = requireNonNull(queue, "queue");
    this.clock = requireNonNull(clock, "clock");
    this.sinceNanos = clock.nanos();
  }

  /**
   * All that was published since the task started.
   *
   * @param tick the last published tick; empty before the first
   * @param rows changes and copied rows
   */
  public record Published(Optional<Tick> tick, long batches, long rows) {}

  /** All that was published since the task started. */
  public Published total() {
    return total;
  }

  void published(OpenBatch batch, long batchRows) {
    LOG.debug("Batch published [queue={}, ticks={}, rows={}]", queue, batch.bounds(), batchRows);
    total = new Published(Optional.of(batch.tick()), total.batches() + 1, total.rows() + batchRows);
    batches++;
    rows += batchRows;
    long now = clock.nanos();
    if (now - sinceNanos >= INTERVAL.toNanos()) {
      LOG.info(
          "Published [queue={}, batches={}, rows={}, seconds={}, tick={}]",
          queue,
          batches,
          rows,
          (now - sinceNanos) / 1_000_000_000L,
          batch.tick().id());
      batches = 0;
      rows = 0;
      sinceNanos = now;
    }
  }
}
