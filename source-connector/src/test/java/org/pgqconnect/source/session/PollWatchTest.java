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
package org.pgqconnect.source.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PollWatchTest {
  private static final long LONG = PollWatch.FORGOTTEN.toNanos();

  private final PollWatch watch = new PollWatch();
  private final AtomicInteger givenUp = new AtomicInteger();

  private boolean release(long now) {
    return watch.release(now, givenUp::incrementAndGet);
  }

  @Test
  void aBatchThatNobodyAsksForIsGivenUpOnce() {
    assertThat(watch.begin()).isFalse();
    watch.end(true, 0);
    assertThat(release(LONG - 1)).isFalse();
    assertThat(release(LONG)).isTrue();
    assertThat(release(2 * LONG)).isFalse();
    assertThat(givenUp).hasValue(1);
    assertThat(watch.begin()).as("the session is gone").isTrue();
    watch.end(false, 3 * LONG);
    assertThat(watch.begin()).isFalse();
  }

  @Test
  void betweenBatchesThereIsNothingToGiveUp() {
    watch.begin();
    watch.end(false, 0);
    assertThat(release(10 * LONG)).isFalse();
  }

  @Test
  void aReaderAtWorkIsLeftAlone() {
    watch.begin();
    watch.end(true, 0);
    watch.begin();
    assertThat(release(10 * LONG)).isFalse();
    assertThat(givenUp).hasValue(0);
  }
}
