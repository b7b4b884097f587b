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
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchSizingTest {
  private static Tick tick(long id, long eventSeq) {
    return new Tick(id, "2026-01-01 00:00:00+00", "1:1:", eventSeq);
  }

  @Test
  void takesTheNextTickWhenThereIsOnlyOne() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(6, 90_000), 1000)).isZero();
  }

  @Test
  void asksForWhatThereIsSoThatTheLastTickIsTaken() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(9, 150), 1000)).isEqualTo(50);
  }

  @Test
  void asksForTheWantedSizeWhenThereIsMore() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(900, 150_000), 1000)).isEqualTo(1000);
  }

  @Test
  void ignoresASequenceThatWentBackwards() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(9, 50), 1000)).isZero();
  }
}
