/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.offsets.PartitionId;

/**
 * Gathers rows by batch. A batch is complete when its END has arrived and every owned table has as
 * many different rows as END counts. Redelivered rows, rows of attempts that died and rows of
 * batches that were applied are dropped. Not thread safe.
 */
public final class BatchAssembler {
  /** A position that lies before every tick. */
  public static final long NO_POSITION = Long.MIN_VALUE;

  private final Ownership ownership;
  private final NotApplied notApplied;
  private final Layouts layouts = new Layouts();
  private final Buffered buffered = new Buffered();
  private final TreeMap<BatchId, PendingBatch> pending = new TreeMap<>();
  private final Map<PartitionId, PartitionProgress> progress = new HashMap<>();
  private long position;
  private long lastAttempt;
  private long announcedFrom;

  /**
   * @param ownership the tables that the sink subscribes to; rows and counts of others are ignored
   * @param notApplied counts what is dropped
   */
  public BatchAssembler(Ownership ownership, NotApplied notApplied) {
    this.ownership = ownership;
    this.notApplied = notApplied;
    reset(NO_POSITION);
  }

  /** Forgets everything, as before the first record; batches up to the position are not wanted. */
  public void reset(long newPosition) {
    pending.values().forEach(PendingBatch::discard);
    pending.clear();
    progress.clear();
    position = newPosition;
    lastAttempt = Long.MIN_VALUE;
    announcedFrom = Long.MIN_VALUE;
  }

  /** Sets from which offset a partition is read, so that what lies before counts as seen. */
  public void startAt(PartitionId partition, long offset) {
    progress(partition).nextOffset = offset;
  }

  /**
   * Notes a record. A consumer goes forward, unless it delivers records once more because the task
   * asked for that; if it comes back without, Kafka has begun the partition anew, and nothing that
   * was known of it holds: its topic was deleted and made anew, or truncated.
   *
   * @param redelivery whether the task asked for the records of its last call again
   */
  public Arrival arrive(PartitionId partition, long offset, boolean redelivery) {
    PartitionProgress at = progress(partition);
    if (offset >= at.nextOffset) {
      at.nextOffset = offset + 1;
      return Arrival.NEW;
    }
    if (redelivery) {
      return Arrival.DUPLICATE;
    }
    at.beginAnew(offset + 1);
    return Arrival.BEGUN_ANEW;
  }

  /** What a record's offset says. */
  public enum Arrival {
    NEW,
    /** It was here before, so that nothing is to be done with it. */
    DUPLICATE,
    /** It is the first of a partition that began anew. */
    BEGUN_ANEW
  }

  /** Takes a row in. */
  public void row(PartitionId partition, long offset, Change change) {
    BatchId id = change.batch();
    progress(partition).shown = id;
    if (!ownership.owns(change.table())) {
      return;
    }
    if (id.tickId() <= position) {
      notApplied.add(Reason.BELOW_POSITION);
      return;
    }
    PendingBatch batch = pending.get(id);
    if (batch == null) {
      boolean over = id.attempt() == lastAttempt && id.tickId() <= announcedFrom;
      if (id.attempt() < lastAttempt || over) {
        notApplied.add(Reason.DEAD_ATTEMPT);
        return;
      }
      batch = new PendingBatch(id, buffered);
      pending.put(id, batch);
    }
    batch.touch(partition, offset);
    Change compact = layouts.compact(change);
    if (!batch.add(compact, bytes(compact))) {
      notApplied.add(Reason.DUPLICATE);
    }
    progress(partition).saw(change);
  }

  private static long bytes(Change change) {
    return 64
        + (change.after() instanceof Image after ? after.bytes() : 0)
        + (change.before() instanceof Image before ? before.bytes() : 0);
  }

  /** Takes the begin or the end of a batch in. */
  public void boundary(PartitionId partition, long offset, Boundary boundary) {
    BatchId id = boundary.id();
    if (id.tickId() <= position) {
      notApplied.add(Reason.BELOW_POSITION);
      return;
    }
    if (id.attempt() < lastAttempt && !pending.containsKey(id)) {
      notApplied.add(Reason.DEAD_ATTEMPT);
      return;
    }
    discardReplacedBy(boundary);
    PendingBatch batch = pending.computeIfAbsent(id, b -> new PendingBatch(b, buffered));
    batch.add(boundary);
    batch.touch(partition, offset);
    progress(partition).lastBatch = id;
  }

  /**
   * The transaction topic has one partition, so what a boundary says about earlier ones is final: a
   * new attempt publishes everything after its first batch's begin again, and a batch before it
   * that has no END yet will never get one.
   */
  private void discardReplacedBy(Boundary boundary) {
    long attempt = boundary.id().attempt();
    long from = boundary.bounds().prevTickId();
    boolean newAttempt = attempt > lastAttempt;
    Set<BatchId> discarded = new HashSet<>();
    for (PendingBatch batch : pending.values()) {
      boolean open = batch.end() == null;
      boolean before = batch.id().tickId() <= from;
      boolean replaced = batch.id().attempt() < attempt && newAttempt && (!before || open);
      if (replaced || batch.id().attempt() <= attempt && before && open) {
        discarded.add(batch.id());
      }
    }
    for (BatchId id : discarded) {
      PendingBatch dead = pending.remove(id);
      notApplied.add(Reason.DEAD_ATTEMPT, dead.rows());
      dead.discard();
    }
    progress.values().forEach(at -> at.forget(discarded));
    lastAttempt = Math.max(lastAttempt, attempt);
    announcedFrom = newAttempt ? from : Math.max(announcedFrom, from);
  }

  /** The earliest batch that is not applied. */
  public Optional<PendingBatch> head() {
    return pending.isEmpty() ? Optional.empty() : Optional.of(pending.firstEntry().getValue());
  }

  /**
   * The complete batches at the head of the chain, in order.
   *
   * @param maxRows further batches are left for later once this many rows are reached; the first is
   *     returned whatever its size
   * @param expectingCopy tables whose rows would be skipped, so that nobody waits for them
   */
  public List<PendingBatch> complete(int maxRows, Ownership expectingCopy) {
    List<PendingBatch> complete = new ArrayList<>();
    Set<TableId> started = new HashSet<>();
    long rows = 0;
    for (PendingBatch batch : pending.values()) {
      rows += batch.rows();
      boolean tooMany = !complete.isEmpty() && rows > maxRows;
      if (tooMany || !isComplete(batch, t -> expectingCopy.owns(t) && !started.contains(t))) {
        break;
      }
      started.addAll(batch.copyStarts());
      complete.add(batch);
    }
    return complete;
  }

  private boolean isComplete(PendingBatch batch, Ownership expectingCopy) {
    return batch.end() != null && batch.missing(ownership, expectingCopy) == null;
  }

  /** Forgets the batches up to a tick: they were applied. */
  public void applied(long tick) {
    position = Math.max(position, tick);
    while (!pending.isEmpty() && pending.firstKey().tickId() <= position) {
      PendingBatch batch = pending.pollFirstEntry().getValue();
      if (batch.end() == null) {
        notApplied.add(Reason.BELOW_POSITION, batch.rows()); // A later batch covers it.
      }
      batch.discard();
    }
  }

  /** From where each partition must be read again if everything in memory were lost. */
  public Map<PartitionId, Long> safeOffsets() {
    return safeOffsetsAfter(position);
  }

  /** What {@link #safeOffsets()} will be once the batches up to this tick are applied. */
  public Map<PartitionId, Long> safeOffsetsAfter(long tick) {
    Map<PartitionId, Long> offsets = new HashMap<>();
    progress.forEach((partition, at) -> offsets.put(partition, at.nextOffset));
    for (PendingBatch batch : pending.values()) {
      if (batch.id().tickId() > tick) {
        batch
            .firstOffsets()
            .forEach((partition, first) -> offsets.merge(partition, first, Math::min));
      }
    }
    return offsets;
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
   * last belongs to a later batch or lies behind a hole. While the batch may not be applied as it
   * arrives, because no boundary of it is here or because it does not lead on from the position,
   * those are all but the transaction topic's.
   *
   * @param maxBatches the transaction topic may run ahead this far
   */
  public Set<PartitionId> runningAhead(int maxBatches) {
    Set<PartitionId> ahead = new HashSet<>();
    Optional<PendingBatch> head = head();
    if (head.isEmpty()) {
      return ahead;
    }
    boolean unplaced = head.get().boundary() == null || !leadsOn(head.get().bounds());
    progress.forEach(
        (partition, at) -> {
          boolean boundaries = at.lastBatch != null && at.lastTable == null;
          boolean rows = at.lastTable != null;
          if (unplaced && rows
              || at.isAheadOf(head.get()) && (!boundaries || pending.size() > maxBatches)) {
            ahead.add(partition);
          }
        });
    return ahead;
  }

  /** What the head batch waits for, in words; empty when nothing is pending. */
  public String waitingFor(Ownership expectingCopy) {
    Optional<PendingBatch> head = head();
    if (head.isEmpty()) {
      return "";
    }
    PendingBatch batch = head.get();
    if (batch.end() == null) {
      return "batch %s: its END (%d rows are here)".formatted(batch.id(), batch.rows());
    }
    PendingBatch.Missing missing = batch.missing(ownership, expectingCopy);
    return missing == null
        ? "batch %s: nothing, it is complete".formatted(batch.id())
        : "batch %s: rows of %s (%d of %d are here)"
            .formatted(batch.id(), missing.table(), missing.arrived(), missing.expected());
  }

  /**
   * Rows that the head batch lacks and that can come no more: its END is here, and every partition
   * that could hold them has, since it was last read from somewhere anew, shown a row of a later
   * batch of the same attempt, or of a later attempt that went on after the batch.
   *
   * @param partitions where the rows of a table may be; none proves nothing
   */
  public Optional<PendingBatch.Missing> lost(
      Ownership expectingCopy, Function<TableId, Set<PartitionId>> partitions) {
    Optional<PendingBatch> head = head();
    if (head.isEmpty() || head.get().end() == null) {
      return Optional.empty();
    }
    BatchId id = head.get().id();
    return head.get().allMissing(ownership, expectingCopy).stream()
        .filter(missing -> havePassed(partitions.apply(missing.table()), id))
        .findFirst();
  }

  private boolean havePassed(Set<PartitionId> partitions, BatchId id) {
    return !partitions.isEmpty()
        && partitions.stream()
            .allMatch(p -> progress.containsKey(p) && progress.get(p).hasPassed(id, lastAttempt));
  }

  /** Rows that the head batch waits for; empty when it waits for its END or for nothing. */
  public List<PendingBatch.Missing> allMissing(Ownership expectingCopy) {
    return head()
        .filter(batch -> batch.end() != null)
        .map(batch -> batch.allMissing(ownership, expectingCopy))
        .orElse(List.of());
  }

  /** The offset after what has arrived of a partition, or at which it is read from. */
  public long nextOffset(PartitionId partition) {
    return progress(partition).nextOffset;
  }

  /** The table whose rows the head batch waits for; empty when it waits for its END or nothing. */
  public Optional<TableId> waitingForTable(Ownership expectingCopy) {
    return head()
        .filter(batch -> batch.end() != null)
        .map(batch -> batch.missing(ownership, expectingCopy))
        .map(PendingBatch.Missing::table);
  }

  /** True when the bounds lead on from the position, as far as this class knows it. */
  public boolean leadsOn(BatchBounds bounds) {
    return position == NO_POSITION || bounds.prevTickId() <= position && position < bounds.tickId();
  }

  private PartitionProgress progress(PartitionId partition) {
    return progress.computeIfAbsent(partition, p -> new PartitionProgress());
  }

  /** How far one partition was read. */
  private static final class PartitionProgress {
    private long nextOffset;
    private BatchId shown;
    private BatchId lastBatch;
    private TableId lastTable;
    private long lastTableOrder;

    void beginAnew(long next) {
      nextOffset = next;
      shown = null;
      lastBatch = null;
      lastTable = null;
    }

    void saw(Change change) {
      lastBatch = change.batch();
      lastTable = change.table();
      lastTableOrder = change.tableOrder();
    }

    /**
     * An attempt that the transaction topic has not shown may yet replace the batch, and one before
     * the batch's own says nothing about it.
     */
    boolean hasPassed(BatchId batch, long lastAttempt) {
      return shown != null
          && shown.tickId() > batch.tickId()
          && shown.attempt() >= batch.attempt()
          && shown.attempt() <= lastAttempt;
    }

    /** A discarded batch does not say that the partition has shown its rows of another one. */
    void forget(Set<BatchId> discarded) {
      if (lastBatch != null && discarded.contains(lastBatch)) {
        lastBatch = null;
        lastTable = null;
      }
    }

    boolean isAheadOf(PendingBatch head) {
      if (lastBatch == null) {
        return false;
      }
      return lastBatch.compareTo(head.id()) > 0
          || lastBatch.equals(head.id())
              && lastTable != null
              && head.isAhead(lastTable, lastTableOrder);
    }
  }
}
