/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
