/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import java.util.Optional;

/**
 * How many events to ask of {@code pgq.next_batch_custom}, so that a backlog of many small ticks is
 * read as few large batches and an up-to-date queue tick by tick.
 */
final class BatchSizing {
  private BatchSizing() {}

  /**
   * PgQ returns the last tick when its distance is at most twice the count asked for, else the
   * first tick at that distance, and nothing when no tick is that far: so never ask for more than
   * there is.
   *
   * @param position the tick the consumer is at
   * @param last the queue's last tick
   *     <p>That distance is one of events, and any number of idle ticks may lie in it. Where the
   *     ticks of a batch are limited, less than half of all is asked for, so that the last tick is
   *     never returned for being near, and no more than lies before the farthest tick, so that the
   *     first tick at that distance is this one or an earlier one. Where nothing but idle ticks
   *     lies before it, they are taken one by one.
   * @param position the tick the consumer is at
   * @param last the queue's last tick
   * @param farthest the last tick that the batch may reach; empty when that is the last one
   * @param wanted events that a merged batch should hold at least
   * @return the minimum count to ask for, or 0 to take the next tick as it is
   */
  static int minCount(Tick position, Tick last, Optional<Tick> farthest, int wanted) {
    long pending = last.eventSeq() - position.eventSeq();
    if (last.id() - position.id() <= 1 || pending <= 0) {
      return 0;
    }
    long count = Math.min(pending, wanted);
    if (farthest.isPresent()) {
      long reachable = farthest.get().eventSeq() - position.eventSeq();
      count = Math.max(0, Math.min(count, Math.min(reachable, (pending - 1) / 2)));
    }
    return (int) count;
  }
}
