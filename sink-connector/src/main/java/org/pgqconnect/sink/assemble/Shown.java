/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.offsets.PartitionId;

/** What each partition has shown last, since it was last read from somewhere anew. */
final class Shown {
  private final Map<PartitionId, Last> partitions = new HashMap<>();

  /** Forgets all partitions. */
  void reset() {
    partitions.clear();
  }

  /** A partition begins anew: nothing that was known of it holds. */
  void forget(PartitionId partition) {
    partitions.remove(partition);
  }

  /** A discarded batch does not say that a partition has shown its rows of another one. */
  void forgetBatches(Set<BatchId> discarded) {
    for (Last last : partitions.values()) {
      if (last.batch != null && discarded.contains(last.batch)) {
        last.batch = null;
        last.table = null;
      }
    }
  }

  /** A row of a batch has come, whether it counts or not. */
  void row(PartitionId partition, BatchId batch) {
    last(partition).anyBatch = batch;
  }

  /** A row was placed into its batch. */
  void placed(PartitionId partition, Change change) {
    Last last = last(partition);
    last.batch = change.batch();
    last.table = change.table();
    last.tableOrder = change.tableOrder();
  }

  /** A boundary was placed into its batch. */
  void placed(PartitionId partition, BatchId batch) {
    last(partition).batch = batch;
  }

  /**
   * The partitions that showed last what belongs to a later batch than the head, or lies behind a
   * hole in it.
   *
   * @param unplaced all that show rows count, for the head must not be applied as it arrives
   * @param boundariesToo the transaction topic's partition counts as well
   */
  Set<PartitionId> runningAhead(PendingBatch head, boolean unplaced, boolean boundariesToo) {
    Set<PartitionId> ahead = new HashSet<>();
    partitions.forEach(
        (partition, last) -> {
          if (unplaced && last.isOfRows()
              || last.isAheadOf(head) && (last.isOfRows() || boundariesToo)) {
            ahead.add(partition);
          }
        });
    return ahead;
  }

  /**
   * Has a partition continued to a later batch? An attempt that the transaction topic has not shown
   * may yet replace the batch, and one before the batch's own says nothing about it.
   */
  boolean hasPassed(PartitionId partition, BatchId batch, Attempts attempts) {
    Last last = partitions.get(partition);
    return last != null
        && last.anyBatch != null
        && last.anyBatch.tickId() > batch.tickId()
        && last.anyBatch.attempt() >= batch.attempt()
        && attempts.isShown(last.anyBatch.attempt());
  }

  private Last last(PartitionId partition) {
    return partitions.computeIfAbsent(partition, p -> new Last());
  }

  /** What one partition has shown. */
  private static final class Last {
    private BatchId anyBatch;
    private BatchId batch;
    private TableId table;
    private long tableOrder;

    boolean isOfRows() {
      return table != null;
    }

    boolean isAheadOf(PendingBatch head) {
      if (batch == null) {
        return false;
      }
      return batch.compareTo(head.id()) > 0
          || batch.equals(head.id()) && table != null && head.isAhead(table, tableOrder);
    }
  }
}
