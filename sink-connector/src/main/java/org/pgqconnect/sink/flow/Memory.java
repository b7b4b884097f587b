/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.SafeOffsets;
import org.pgqconnect.sink.offsets.ReadOffsets;

/**
 * What of the topics is in memory.
 *
 * @param batches the rows, by batch
 * @param offsets how far the partitions were read
 * @param limits how much that may be
 */
record Memory(BatchAssembler batches, ReadOffsets offsets, FlowControl limits) {
  /**
   * Forgets everything.
   *
   * @param position batches up to this tick are not wanted; null when all are
   */
  void reset(Long position) {
    batches.reset(position);
    offsets.reset();
  }

  /** From where each partition must be read again if everything in memory were lost. */
  SafeOffsets safeOffsets() {
    return batches.safeOffsets(offsets);
  }
}
