/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.time.ManualClock;

class PublishSummaryTest {
  private final ManualClock clock = new ManualClock();
  private final PublishSummary summary = new PublishSummary("q", clock);

  private static OpenBatch batch(long tick) {
    return new OpenBatch(
        tick,
        new BatchBounds(tick - 1, tick),
        new Tick(tick, "2026-11-01 12:00:00+00", "10:10:", 50),
        List.of());
  }

  @Test
  void theTotalGoesOnOverTheMinutesOfTheLog() {
    assertThat(summary.total().tick()).isEmpty();
    summary.published(batch(7), 10);
    clock.advance(Duration.ofMinutes(2));
    summary.published(batch(8), 0);
    summary.published(batch(9), 5);
    assertThat(summary.total().batches()).isEqualTo(3);
    assertThat(summary.total().rows()).isEqualTo(15);
    assertThat(summary.total().tick()).map(Tick::id).hasValue(9L);
  }
}
