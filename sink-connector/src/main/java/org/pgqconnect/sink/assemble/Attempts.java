/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Boundary;

/**
 * Which attempts of the source the transaction topic has shown, and which batches of them will
 * never be complete. The topic has one partition, so what a boundary says about earlier ones is
 * final: a new attempt publishes everything after its first batch's begin again, and a batch before
 * it that has no END yet will never get one.
 */
final class Attempts {
  /** The latest attempt, and the tick at which the last batch begins that it announced. */
  private BatchId latest;

  /** Forgets everything, as before the first boundary. */
  void reset() {
    latest = null;
  }

  /** Will nothing more come of a batch of which nothing is here? */
  boolean isDead(BatchId batch) {
    return latest != null
        && (batch.attempt() < latest.attempt()
            || batch.attempt() == latest.attempt() && batch.tickId() <= latest.tickId());
  }

  /** Has a later attempt begun? */
  boolean isReplaced(long attempt) {
    return latest != null && attempt < latest.attempt();
  }

  /** Has the transaction topic shown this attempt, or a later one? */
  boolean isShown(long attempt) {
    return latest != null && attempt <= latest.attempt();
  }

  /**
   * Takes note of a boundary.
   *
   * @param pending the batches of which something is here
   * @return those of them that will never be complete
   */
  Set<BatchId> announce(Boundary boundary, Collection<PendingBatch> pending) {
    long attempt = boundary.id().attempt();
    long from = boundary.bounds().prevTickId();
    boolean isNew = latest == null || attempt > latest.attempt();
    Set<BatchId> discarded = new HashSet<>();
    for (PendingBatch batch : pending) {
      boolean open = batch.end() == null;
      boolean before = batch.id().tickId() <= from;
      boolean replaced = batch.id().attempt() < attempt && isNew && (!before || open);
      if (replaced || batch.id().attempt() <= attempt && before && open) {
        discarded.add(batch.id());
      }
    }
    latest =
        isNew
            ? new BatchId(from, attempt)
            : new BatchId(Math.max(latest.tickId(), from), latest.attempt());
    return discarded;
  }
}
