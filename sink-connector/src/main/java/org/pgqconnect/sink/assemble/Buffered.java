/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

/** What all pending batches hold in memory, counted as it comes and goes. */
final class Buffered {
  private int rows;
  private long bytes;

  void add(int moreRows, long moreBytes) {
    rows += moreRows;
    bytes += moreBytes;
  }

  int rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }
}
