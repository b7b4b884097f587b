/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
