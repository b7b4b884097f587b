/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets;
import org.pgqconnect.sink.position.PositionCheck;

/**
 * From where each partition must be read again if everything in memory were lost, now and once
 * batches of what is in memory are applied. What arrives later does not change it.
 */
public final class SafeOffsets {
  private final ReadOffsets read;
  private final List<Kept> kept;

  /**
   * The first offset of each partition of what is in memory of one batch.
   *
   * @param tick that the batch ends with
   */
  private record Kept(long tick, Map<PartitionId, Long> firstOffsets) {
    static Kept of(PendingBatch batch) {
      return new Kept(batch.id().tickId(), Map.copyOf(batch.firstOffsets()));
    }
  }

  SafeOffsets(ReadOffsets read, Collection<PendingBatch> pending) {
    this.read = read.copy();
    this.kept = pending.stream().map(Kept::of).toList();
  }

  /** While nothing more is applied. */
  public Map<PartitionId, Long> now() {
    return after(null);
  }

  /** Once the batches up to this tick are applied. */
  public Map<PartitionId, Long> after(long tick) {
    return after(Long.valueOf(tick));
  }

  private Map<PartitionId, Long> after(Long position) {
    Map<PartitionId, Long> first = new HashMap<>();
    for (Kept batch : kept) {
      if (!PositionCheck.isApplied(batch.tick(), position)) {
        batch
            .firstOffsets()
            .forEach((partition, offset) -> first.merge(partition, offset, Math::min));
      }
    }
    return read.safe(first);
  }
}
