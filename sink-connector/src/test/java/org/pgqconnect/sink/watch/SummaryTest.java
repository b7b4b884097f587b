/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
