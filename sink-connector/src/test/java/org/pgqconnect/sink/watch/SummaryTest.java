/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.sink.watch.Summary.Waiting;

class SummaryTest {
  private static final Waiting FIRST =
      new Waiting(new BatchId(1, 1), "batch 1:1: its END", "q.t", "");
  private static final Waiting SECOND =
      new Waiting(new BatchId(2, 1), "batch 2:1: its END", "q.t", "");

  private final Minutes clock = new Minutes();
  private final Summary summary = new Summary(clock);

  private Summary.Line next(Waiting waiting) {
    clock.minutes++;
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
    clock.minutes++;
    assertThat(summary.line(() -> Waiting.FOR_NOTHING)).isEmpty();
  }

  private static final class Minutes extends Clock {
    private long minutes;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(60 * minutes);
    }
  }
}
