/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.apply.Applier;
import org.pgqconnect.sink.apply.BatchGrouper;
import org.pgqconnect.sink.apply.NeedsMoreException;
import org.pgqconnect.sink.apply.Subscriber;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.position.PositionCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies what is in memory, as far as it is complete and the subscriber takes it. */
final class Application {
  private static final Logger LOG = LoggerFactory.getLogger(Application.class);

  private final Memory memory;
  private final Subscriber subscriber;
  private final Applier applier;
  private final BatchGrouper grouper;
  private final int maxRows;
  private final Listener listener;
  private Optional<StopException> inVain = Optional.empty();
  private int refusedTogether;

  /** Hears of what was applied. */
  interface Listener {
    /**
     * Batches were applied in one transaction.
     *
     * @param tickTime of the last of them
     */
    void applied(long batches, long rows, String tickTime);

    /** Rows were written into a transaction that stays open. */
    void streamed(long rows);
  }

  /**
   * @param maxRows up to how many rows complete batches are applied together
   */
  Application(
      Memory memory,
      Subscriber subscriber,
      Applier applier,
      BatchGrouper grouper,
      int maxRows,
      Listener listener) {
    this.memory = memory;
    this.subscriber = subscriber;
    this.applier = applier;
    this.grouper = grouper;
    this.maxRows = maxRows;
    this.listener = listener;
  }

  /** What was refused counts no more: the batches are read again. */
  void reset() {
    inVain = Optional.empty();
    refusedTogether = 0;
  }

  /** Why the task has to stop when nothing more comes; empty when it does not. */
  Optional<StopException> inVain() {
    return inVain;
  }

  /**
   * Applies what it can.
   *
   * @param idle whether there is time to try with few more batches
   */
  void applyAll(boolean idle) throws SQLException {
    List<PendingBatch> complete = complete();
    while (!complete.isEmpty() && isTimeToTry(complete.size(), idle)) {
      try {
        long tick = grouper.apply(complete, memory.safeOffsets());
        reset();
        note(complete, tick);
        memory.batches().applied(tick);
      } catch (NeedsMoreException e) {
        inVain = e.inVain();
        refusedTogether = e.tried();
        requireRoomForMore(e);
      }
      complete = complete();
    }
    applyPart(complete.isEmpty());
  }

  private boolean isTimeToTry(int complete, boolean idle) {
    int fewerFailed = idle ? refusedTogether : Integer.MAX_VALUE;
    return isTimeToTry(complete, grouper.together(), fewerFailed, isFull());
  }

  /**
   * Is it worth a try with the complete batches?
   *
   * @param wanted how many are wanted together
   * @param fewerFailed more than so many are worth it, for so many were rejected; no one waits
   * @param full no more of them fit into memory
   */
  static boolean isTimeToTry(int complete, int wanted, int fewerFailed, boolean full) {
    return complete >= wanted || full || complete > fewerFailed;
  }

  private boolean isFull() {
    return memory.limits().isFull();
  }

  /** All that are complete are tried together now; when that was all that fits, it is the end. */
  private void requireRoomForMore(NeedsMoreException refused) {
    boolean triedAll = refused.tried() == complete().size();
    if (triedAll && isFull() && !grouper.clearWay()) {
      throw tooMany(refused);
    }
    LOG.info(
        "Batches are applied together with the next ones, since rows of a copy are newer than its"
            + " batch: {}",
        refused.getMessage());
  }

  private static StopException tooMany(NeedsMoreException refused) {
    return new StopException(
        refused.getMessage()
            + " Tables are being copied, and what these rows wait for has not come with as many"
            + " further batches as fit into memory. Request the copies that are named; if there are"
            + " none, the copies may be right as they are: raise buffer.max.rows and"
            + " buffer.max.bytes of the sink, let its role switch foreign keys off as above, or"
            + " drop the constraint and add it again when the tables are ok.",
        refused.getCause());
  }

  /** Writes a part of the head batch, when that is too large to wait for the rest of it. */
  private void applyPart(boolean isIncomplete) throws SQLException {
    Optional<PendingBatch> head = memory.batches().head();
    if (head.isPresent() && head.get().boundary() != null && isFull()) {
      // No one waits for the rest of a batch that cannot be applied.
      subscriber.requireNoGap(head.get().boundary());
    }
    if (isIncomplete && head.isPresent() && memory.limits().shouldStream(head.get())) {
      int before = head.get().rows();
      applier.stream(head.get());
      listener.streamed(before - head.get().rows());
    }
  }

  private List<PendingBatch> complete() {
    int rows = grouper.together() > 1 ? Integer.MAX_VALUE : maxRows;
    return memory.batches().complete(rows, subscriber.filled());
  }

  private void note(List<PendingBatch> batches, long tick) {
    long rows = 0;
    long count = 0;
    String tickTime = "";
    for (PendingBatch batch : batches) {
      if (PositionCheck.isApplied(batch.id().tickId(), tick)) {
        rows += batch.rows();
        count++;
        tickTime = batch.end().tickTime();
      }
    }
    LOG.debug("Applied [tick={}, batches={}, rows={}]", tick, count, rows);
    listener.applied(count, rows, tickTime);
  }
}
