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

class EventTimeTest {
  @Test
  void readsMicroseconds() {
    EventTime time = new EventTime();
    assertThat(time.micros("1970-01-01 00:00:01+00")).isEqualTo(1_000_000L);
    assertThat(time.micros("2026-11-23 20:00:00.123456+00")).isEqualTo(1_795_464_000_123_456L);
    assertThat(time.micros("2026-11-23 20:00:00.5+00")).isEqualTo(1_795_464_000_500_000L);
  }
}
