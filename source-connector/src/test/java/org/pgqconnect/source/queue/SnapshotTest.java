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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SnapshotTest {
  @Test
  void readsWhatPostgresWrites() {
    assertThat(Snapshot.parse("10:20:10,14").running()).containsExactlyInAnyOrder(10L, 14L);
    assertThat(Snapshot.parse("10:10:").running()).isEmpty();
    assertThatThrownBy(() -> Snapshot.parse("10:20"))
        .hasMessageContaining("expected xmin:xmax:xip");
  }

  @Test
  void coversAnEarlierSnapshotOnlyWhenAllItsTransactionsAreVisible() {
    Snapshot copy = Snapshot.parse("10:20:10,14");
    assertThat(Snapshot.parse("20:20:").covers(copy)).isTrue();
    assertThat(Snapshot.parse("10:25:10,22").covers(copy)).isTrue();
    assertThat(Snapshot.parse("10:20:10,14,15").covers(copy)).isFalse();
    assertThat(Snapshot.parse("10:19:10").covers(copy)).isFalse();
  }
}
