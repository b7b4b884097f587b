/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.sink.watch.Summary.Waiting;
import org.pgqconnect.time.ManualClock;

class SummaryTest {
  private static final Waiting FIRST =
      new Waiting(new BatchId(1, 1), "batch 1:1: its END", "q.t", "");
  private static final Waiting SECOND =
      new Waiting(new BatchId(2, 1), "batch 2:1: its END", "q.t", "");

  private final ManualClock clock = new ManualClock();
  private final Summary summary =
      new Summary(clock, Clock.fixed(Instant.parse("2026-03-01T10:00:00Z"), ZoneOffset.UTC));

  private Summary.Line next(Waiting waiting) {
    clock.advance(Duration.ofMinutes(1));
    return summary.line(() -> waiting).orElseThrow();
  }

  @Test
  void warnsWhenOneBatchIsAwaitedForAWholeInterval() {
    assertThat(next(FIRST).stuck()).isFalse();
    Summary.Line line = next(FIRST);
    assertThat(line.stuck()).isTrue();
    assertThat(line.text()).endsWith("; waiting for batch 1:1: its END, from topic q.t");
    assertThat(next(SECOND).stuck()).isFalse();
    summary.streamed(1);
    assertThat(next(SECOND).stuck()).as("rows are applied as they arrive").isFalse();
    clock.advance(Duration.ofMinutes(1));
    assertThat(summary.line(() -> Waiting.FOR_NOTHING)).isEmpty();
  }

  @Test
  void saysWhatWasAppliedOnceTheIntervalIsOver() {
    summary.applied(2, 30, "2026-03-01 09:59:58.7+00");
    summary.applied(1, 5, "2026-03-01 09:59:59.2+00");
    clock.advance(Duration.ofMillis(59_999));
    assertThat(summary.line(() -> Waiting.FOR_NOTHING)).isEmpty();
    clock.advance(Duration.ofMillis(1_001));
    assertThat(summary.line(() -> Waiting.FOR_NOTHING).orElseThrow().text())
        .isEqualTo("Applied [batches=3, transactions=2, rows=35, lagMs=800, seconds=61]");
    summary.applied(1, 1, "");
    assertThat(summary.line(() -> Waiting.FOR_NOTHING)).as("a new interval").isEmpty();
  }
}
