/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.PendingBatch;

/**
 * Keeps what is in memory within bounds: says which partitions, of those that run ahead of the head
 * batch, are not to be read for now. Not thread safe.
 */
final class FlowControl {
  private static final int MAX_BATCHES = 10_000;
  private static final int STREAM_ROWS = 5_000;

  private final BatchAssembler assembler;
  private final int maxRows;
  private final long maxBytes;
  private final Set<TopicPartition> paused = new HashSet<>();

  /**
   * @param assembler holds what is in memory
   * @param maxRows how many rows may be held
   * @param maxBytes how many bytes of heap they may take, about
   */
  FlowControl(BatchAssembler assembler, int maxRows, long maxBytes) {
    this.assembler = assembler;
    this.maxRows = maxRows;
    this.maxBytes = maxBytes;
  }

  /**
   * What to request from the consumer.
   *
   * @param toPause partitions that are to be read no further for now
   * @param toResume partitions that were paused and are to be read on
   */
  record Change(Set<TopicPartition> toPause, Set<TopicPartition> toResume) {}

  /** Is the head batch so large that it should be written before all its rows are here? */
  boolean shouldStream(PendingBatch head) {
    int releasable = head.releasable();
    return assembler.headLeadsOn()
        && releasable > 0
        && (isOver(1) || releasable >= STREAM_ROWS && isOver(2));
  }

  /** Is there no room for further batches? */
  boolean isFull() {
    return isOver(1);
  }

  /**
   * What changes now; it is taken to be done. Reading continues once half the room is free again.
   *
   * @param assigned the partitions that the task reads
   */
  Change next(Set<TopicPartition> assigned) {
    Set<TopicPartition> toPause = new HashSet<>();
    if (isOver(paused.isEmpty() ? 1 : 2)) {
      assembler
          .runningAhead(MAX_BATCHES)
          .forEach(p -> toPause.add(new TopicPartition(p.topic(), p.partition())));
      toPause.retainAll(assigned);
    }
    Set<TopicPartition> toResume = new HashSet<>(paused);
    toResume.removeAll(toPause);
    toResume.retainAll(assigned);
    toPause.removeAll(paused);
    paused.addAll(toPause);
    paused.removeAll(toResume);
    return new Change(toPause, toResume);
  }

  /**
   * Partitions are read from elsewhere: none stays paused.
   *
   * @return those to resume
   */
  Set<TopicPartition> reset(Set<TopicPartition> assigned) {
    Set<TopicPartition> toResume = new HashSet<>(paused);
    toResume.retainAll(assigned);
    paused.clear();
    return toResume;
  }

  private boolean isOver(int divisor) {
    return assembler.bufferedRows() > maxRows / divisor
        || assembler.bufferedBytes() > maxBytes / divisor
        || assembler.pendingBatches() > MAX_BATCHES;
  }
}
