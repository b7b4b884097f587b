/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import org.pgqconnect.batch.Operation;

/**
 * A change as it is buffered: what of it still matters once its batch and its table are known.
 *
 * @param tableOrder the place among the rows of its table in the batch, 1..n
 * @param before the old row, or at least its key columns, where it has more than the new one; else
 *     null
 * @param after the new row; null for d and t
 */
public record RowChange(Operation operation, long tableOrder, Image before, Image after) {
  private static final int OVERHEAD_BYTES = 64;

  /** About how many bytes of heap the change takes. */
  long bytes() {
    return OVERHEAD_BYTES
        + (after == null ? 0 : after.bytes())
        + (before == null ? 0 : before.bytes());
  }
}
