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
package org.pgqconnect.sink.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.wire.TopicNames;

class ChainGuardTest {
  private final ChainGuard guard = new ChainGuard("it's", new TopicNames("q"));

  @ParameterizedTest
  @CsvSource({
    "5, 6, 5, NEXT", "4, 6, 5, NEXT", "5, 9, 5, NEXT", "4, 5, 5, ALREADY_APPLIED",
    "1, 3, 5, ALREADY_APPLIED", "6, 7, 5, GAP", "0, 1, , NEXT", "70, 71, , NEXT"
  })
  void tellsTheNextBatchFromAnOldOneAndFromAGap(
      long prev, long tick, Long position, PositionCheck verdict) {
    assertThat(PositionCheck.of(new BatchBounds(prev, tick), position)).isEqualTo(verdict);
  }

  private static BatchEnd end(long prev, long tick, String provider, String tickTime) {
    return new BatchEnd(
        new BatchId(tick, 1),
        new BatchBounds(prev, tick),
        "q",
        provider,
        "i",
        tickTime,
        "1:1:",
        Map.of(),
        List.of());
  }

  @Test
  void aGapNamesTheTicksAndTheWaysOut() {
    assertThatThrownBy(
            () -> guard.check(end(8, 9, "p", "t"), new Position("q", "p", "i", 1L, 5L, "t5")))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Topic q.transaction goes on with batch (8, 9] of queue q")
        .hasMessageContaining("stands at tick 5: the batches (5, 8] are missing")
        .hasMessageContaining("SET tick_id = 8, tick_time = NULL WHERE name = 'it''s';");
  }

  @Test
  void acceptsTheSameHistory() {
    Position position = new Position("q", "p", "i", 1L, 5L, "t5");
    assertThat(guard.check(end(4, 5, "p", "t5"), position))
        .isEqualTo(PositionCheck.ALREADY_APPLIED);
    assertThat(guard.check(end(5, 6, "p", "t6"), position)).isEqualTo(PositionCheck.NEXT);
    assertThat(guard.check(end(5, 6, "p", "t6"), Position.NONE)).isEqualTo(PositionCheck.NEXT);
    assertThat(guard.check(end(4, 5, "p", "t"), new Position("q", "p", "i", 1L, 5L, null)))
        .isEqualTo(PositionCheck.ALREADY_APPLIED);
  }

  @Test
  void stopsAtAnotherProviderOrHistory() {
    Position position = new Position("q", "p", "i", 1L, 5L, "t5");
    assertThatThrownBy(() -> guard.check(end(5, 6, "x", "t6"), position))
        .isInstanceOf(StopException.class)
        .hasMessageContaining(
            "comes from queue q (creation i) of provider x, but subscription it's follows queue q (creation i) of provider p");
    assertThatThrownBy(() -> guard.check(end(4, 5, "p", "else"), position))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("applied a tick 5 made at t5");
  }
}
