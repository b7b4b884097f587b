/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets;
import org.pgqconnect.sink.position.PositionCheck;

/**
 * Gathers rows by batch. A batch is complete when its END has arrived and every owned table has as
 * many different rows as END counts. Redelivered rows, rows of attempts that died and rows of
 * batches that were applied are dropped. Not thread safe.
 */
public final class BatchAssembler {
  private final Ownership ownership;
  private final NotApplied notApplied;
  private final RowLayouts layouts = new RowLayouts();
  private final Buffered buffered = new Buffered();
  private final TreeMap<BatchId, PendingBatch> pending = new TreeMap<>();
  private final Shown shown = new Shown();
  private final Attempts attempts = new Attempts();
  private Long position;

  /**
   * @param ownership the tables that the sink subscribes to; rows and counts of others are ignored
   * @param notApplied counts what is dropped
   */
  public BatchAssembler(Ownership ownership, NotApplied notApplied) {
    this.ownership = ownership;
    this.notApplied = notApplied;
  }

  /**
   * Forgets everything, as before the first record.
   *
   * @param newPosition batches up to this tick are not wanted; null when all are
   */
  public void reset(Long newPosition) {
    pending.values().forEach(PendingBatch::discard);
    pending.clear();
    shown.reset();
    attempts.reset();
    position = newPosition;
  }

  /** A partition begins anew: what it has shown so far proves nothing. */
  public void beginAnew(PartitionId partition) {
    shown.forget(partition);
  }

  /** Takes a row in. */
  public void row(PartitionId partition, long offset, Change change) {
    BatchId id = change.batch();
    shown.row(partition, id);
    if (!ownership.owns(change.table())) {
      return;
    }
    if (PositionCheck.isApplied(id.tickId(), position)) {
      notApplied.add(Reason.BELOW_POSITION);
      return;
    }
    PendingBatch batch = pending.get(id);
    if (batch == null) {
      if (attempts.isDead(id)) {
        notApplied.add(Reason.DEAD_ATTEMPT);
        return;
      }
      batch = new PendingBatch(id, buffered);
      pending.put(id, batch);
    }
    batch.touch(partition, offset);
    if (!batch.add(change.table(), layouts.compact(change))) {
      notApplied.add(Reason.DUPLICATE);
    }
    shown.placed(partition, change);
  }

  /** Takes the begin or the end of a batch in. */
  public void boundary(PartitionId partition, long offset, Boundary boundary) {
    BatchId id = boundary.id();
    if (PositionCheck.isApplied(id.tickId(), position)) {
      notApplied.add(Reason.BELOW_POSITION);
      return;
    }
    if (attempts.isReplaced(id.attempt()) && !pending.containsKey(id)) {
      notApplied.add(Reason.DEAD_ATTEMPT);
      return;
    }
    discard(attempts.announce(boundary, pending.values()));
    PendingBatch batch = pending.computeIfAbsent(id, b -> new PendingBatch(b, buffered));
    batch.add(boundary);
    batch.touch(partition, offset);
    shown.placed(partition, id);
  }

  private void discard(Set<BatchId> batches) {
    for (BatchId id : batches) {
      PendingBatch dead = pending.remove(id);
      notApplied.add(Reason.DEAD_ATTEMPT, dead.rows());
      dead.discard();
    }
    shown.forgetBatches(batches);
  }

  /** The earliest batch that is not applied. */
  public Optional<PendingBatch> head() {
    return pending.isEmpty() ? Optional.empty() : Optional.of(pending.firstEntry().getValue());
  }

  /**
   * True when the earliest batch may be applied as it arrives: a boundary of it is here, and it
   * leads on from the position.
   */
  public boolean headLeadsOn() {
    return head()
        .filter(batch -> batch.boundary() != null)
        .filter(batch -> PositionCheck.of(batch.bounds(), position) == PositionCheck.NEXT)
        .isPresent();
  }

  /**
   * The complete batches at the head of the chain, in order.
   *
   * @param maxRows further batches are left for later once this many rows are reached; the first is
   *     returned whatever its size
   * @param filled tables that have rows on the subscriber or are being copied; the rows of others
   *     would be skipped, so that the batch does not wait for them
   * @throws StopException when a batch holds more rows than its END counts
   */
  public List<PendingBatch> complete(int maxRows, Set<TableId> filled) {
    List<PendingBatch> complete = new ArrayList<>();
    Set<TableId> filledByThen = new HashSet<>(filled);
    long rows = 0;
    for (PendingBatch batch : pending.values()) {
      rows += batch.rows();
      boolean tooMany = !complete.isEmpty() && rows > maxRows;
      if (tooMany || !batch.isComplete(ownership, filledByThen)) {
        break;
      }
      filledByThen.addAll(batch.copyStarts());
      complete.add(batch);
    }
    return complete;
  }

  /**
   * The head batch does not wait for rows that begin the copy of a table of which the subscriber
   * holds nothing, and which are lost: the copy counts as one that it has missed the beginning of.
   */
  public void passBeginningOf(TableId table) {
    head().orElseThrow().passBeginningOf(table);
  }

  /** Forgets the batches up to a tick: they were applied. */
  public void applied(long tick) {
    position = position == null ? tick : Math.max(position, tick);
    while (!pending.isEmpty() && PositionCheck.isApplied(pending.firstKey().tickId(), position)) {
      PendingBatch batch = pending.pollFirstEntry().getValue();
      if (batch.end() == null) {
        notApplied.add(Reason.BELOW_POSITION, batch.rows()); // A later batch covers it.
      }
      batch.discard();
    }
  }

  /**
   * From where each partition must be read again if everything in memory were lost.
   *
   * @param read how far the partitions were read
   */
  public SafeOffsets safeOffsets(ReadOffsets read) {
    return new SafeOffsets(read, pending.values());
  }

  /** Rows in memory. */
  public int bufferedRows() {
    return buffered.rows();
  }

  /** About how many bytes of heap the rows in memory take. */
  public long bufferedBytes() {
    return buffered.bytes();
  }

  /** Batches of which something is in memory. */
  public int pendingBatches() {
    return pending.size();
  }

  /**
   * The partitions that need not be read until the head batch is applied, because what they showed
   * last belongs to a later batch or lies behind a hole. While the batch must not be applied as it
   * arrives, those are all but the transaction topic's.
   *
   * @param maxBatches the transaction topic may run ahead this far
   */
  public Set<PartitionId> runningAhead(int maxBatches) {
    return head()
        .map(head -> shown.runningAhead(head, !headLeadsOn(), pending.size() > maxBatches))
        .orElse(Set.of());
  }

  /**
   * What the head batch waits for.
   *
   * @param filled tables that have rows on the subscriber or are being copied; the rows of others
   *     would be skipped, so that the batch does not wait for them
   */
  public Awaited awaited(Set<TableId> filled) {
    PendingBatch head = head().orElse(null);
    return new Awaited(
        head, ownership, filled, partition -> shown.hasPassed(partition, head.id(), attempts));
  }
}
