/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import java.util.HashMap;
import java.util.Map;

/** How far each partition was read. Not thread safe. */
public final class ReadOffsets {
  private final Map<PartitionId, Long> next = new HashMap<>();

  /** What a record's offset says. */
  public enum Arrival {
    NEW,
    /** It was here before, so that nothing is to be done with it. */
    DUPLICATE,
    /** It is the first of a partition that began anew. */
    BEGUN_ANEW
  }

  /** The same, which later records leave as it is. */
  public ReadOffsets copy() {
    ReadOffsets copy = new ReadOffsets();
    copy.next.putAll(next);
    return copy;
  }

  /** Forgets all partitions. */
  public void reset() {
    next.clear();
  }

  /** Sets from which offset a partition is read, so that what lies before counts as seen. */
  public void startAt(PartitionId partition, long offset) {
    next.put(partition, offset);
  }

  /**
   * Notes a record. A consumer goes forward, unless it delivers records once more because the task
   * asked for that; if it comes back without, Kafka has begun the partition anew, and nothing that
   * was known of it holds: its topic was deleted and made anew, or truncated.
   *
   * @param redelivery whether the task asked for the records of its last call again
   */
  public Arrival arrive(PartitionId partition, long offset, boolean redelivery) {
    if (offset >= next(partition)) {
      next.put(partition, offset + 1);
      return Arrival.NEW;
    }
    if (redelivery) {
      return Arrival.DUPLICATE;
    }
    next.put(partition, offset + 1);
    return Arrival.BEGUN_ANEW;
  }

  /** The offset after what has arrived of a partition, or at which it is read from. */
  public long next(PartitionId partition) {
    return next.getOrDefault(partition, 0L);
  }

  /**
   * From where each partition must be read again if everything in memory were lost.
   *
   * @param firstKept the first offset of each partition of what is in memory and not applied
   */
  public Map<PartitionId, Long> safe(Map<PartitionId, Long> firstKept) {
    Map<PartitionId, Long> offsets = new HashMap<>(next);
    firstKept.forEach((partition, first) -> offsets.merge(partition, first, Math::min));
    return offsets;
  }
}
