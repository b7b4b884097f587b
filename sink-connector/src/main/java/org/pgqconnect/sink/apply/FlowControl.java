/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.PendingBatch;

/** Keeps what is in memory within bounds: pauses partitions that run ahead of the head batch. */
public final class FlowControl {
  private static final int MAX_BATCHES = 10_000;
  private static final int STREAM_ROWS = 5_000;

  private final int maxRows;
  private final long maxBytes;
  private final Set<TopicPartition> paused = new HashSet<>();

  public FlowControl(int maxRows, long maxBytes) {
    this.maxRows = maxRows;
    this.maxBytes = maxBytes;
  }

  /** Is the head batch so large that it should be written before all its rows are here? */
  public boolean shouldStream(BatchAssembler assembler, PendingBatch head) {
    int releasable = head.releasable();
    return assembler.headLeadsOn()
        && releasable > 0
        && (isOver(assembler, 1) || releasable >= STREAM_ROWS && isOver(assembler, 2));
  }

  /** Is there no room for further batches? */
  public boolean isFull(BatchAssembler assembler) {
    return isOver(assembler, 1);
  }

  /** Pauses and resumes partitions. */
  public void control(BatchAssembler assembler, SinkTaskContext context) {
    Set<TopicPartition> wanted = new HashSet<>();
    if (isOver(assembler, paused.isEmpty() ? 1 : 2)) {
      assembler
          .runningAhead(MAX_BATCHES)
          .forEach(p -> wanted.add(new TopicPartition(p.topic(), p.partition())));
      wanted.retainAll(context.assignment());
    }
    Set<TopicPartition> toResume = new HashSet<>(paused);
    toResume.removeAll(wanted);
    toResume.retainAll(context.assignment());
    wanted.removeAll(paused);
    if (!wanted.isEmpty()) {
      context.pause(wanted.toArray(TopicPartition[]::new));
    }
    if (!toResume.isEmpty()) {
      context.resume(toResume.toArray(TopicPartition[]::new));
    }
    paused.addAll(wanted);
    paused.removeAll(toResume);
  }

  /** Partitions were assigned anew: none is paused. */
  public void reset(SinkTaskContext context) {
    paused.retainAll(context.assignment());
    if (!paused.isEmpty()) {
      context.resume(paused.toArray(TopicPartition[]::new));
    }
    paused.clear();
  }

  private boolean isOver(BatchAssembler assembler, int divisor) {
    return assembler.bufferedRows() > maxRows / divisor
        || assembler.bufferedBytes() > maxBytes / divisor
        || assembler.pendingBatches() > MAX_BATCHES;
  }
}
