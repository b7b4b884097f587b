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

/**
 * How many rows a chunk should ask for, so that the server does not make the text of many rows that
 * it then may not send: goes by the lengths of the rows read last. What bounds the memory, whatever
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
