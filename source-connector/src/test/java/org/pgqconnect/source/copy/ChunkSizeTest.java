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
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChunkSizeTest {

  @Test
  void startsWithFewRowsAndComesToAllThatAreWanted() {
    ChunkSize size = new ChunkSize(2000);
    assertThat(size.rows()).isEqualTo(ChunkSize.FIRST_ROWS);
    size.read(256, 256 * 100);
    assertThat(size.rows()).isEqualTo(2000);
    assertThat(new ChunkSize(10).rows()).isEqualTo(10);
  }

  @Test
  void asksForFewerLongRowsAtOnceAndForMoreShortOnesByAndBy() {
    ChunkSize size = new ChunkSize(2000);
    size.read(256, 256 * 1_000_000L);
    assertThat(size.rows()).isEqualTo(16);
    size.read(0, 0);
    assertThat(size.rows()).isEqualTo(16);
    size.read(16, 16);
    assertThat(size.rows()).isEqualTo(128);
    size.read(1, 10 * ChunkSize.MAX_BYTES);
    assertThat(size.rows()).isEqualTo(1);
  }
}
