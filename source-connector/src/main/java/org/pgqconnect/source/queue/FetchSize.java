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

/**
 * How many rows to ask for at once, so that neither many rows nor long ones fill the memory: goes
 * by the lengths of the rows read last. Not thread safe.
 */
public final class FetchSize {
  /** Characters that one answer should hold at most, about. */
  static final long BUDGET = 16L << 20;

  /** Asked for when nothing is known. */
  static final int FIRST_ROWS = 256;

  private final int most;
  private long charsPerRow = BUDGET / FIRST_ROWS;

  /**
   * @param most rows, however short they are
   */
  public FetchSize(int most) {
    this.most = most;
  }

  /** Rows to ask for: the most, or a power of two, so that few statements are prepared. */
  public int rows() {
    long fitting = Math.max(1, BUDGET / charsPerRow);
    return fitting >= most ? most : (int) Long.highestOneBit(fitting);
  }

  /** Learns from an answer. Long rows are believed at once, short ones by and by. */
  public void read(int rows, long chars) {
    if (rows > 0) {
      charsPerRow = Math.max(1, Math.max(chars / rows, charsPerRow / 8));
    }
  }
}
