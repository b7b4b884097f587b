/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

/**
 * How many rows a chunk should ask for, so that the server does not make the text of many rows that
 * it then cannot send: goes by the lengths of the rows read last. What bounds the memory, whatever
 * comes, is {@link #MAX_BYTES} in the query. Not thread safe.
 */
final class ChunkSize {
  /** Bytes of rows that a chunk holds, but for the last of them. */
  static final long MAX_BYTES = 16L << 20;

  /** Asked for when nothing is known. */
  static final int FIRST_ROWS = 256;

  private final int most;
  private long bytesPerRow = MAX_BYTES / FIRST_ROWS;

  /**
   * @param most rows, however short they are
   */
  ChunkSize(int most) {
    this.most = most;
  }

  /** Rows to ask for: the most, or a power of two, so that few statements are prepared. */
  int rows() {
    long fitting = Math.max(1, MAX_BYTES / bytesPerRow);
    return fitting >= most ? most : (int) Long.highestOneBit(fitting);
  }

  /** Learns from a chunk. Long rows are believed at once, short ones by and by. */
  void read(int rows, long bytes) {
    if (rows > 0) {
      bytesPerRow = Math.max(1, Math.max(bytes / rows, bytesPerRow / 8));
    }
  }
}
