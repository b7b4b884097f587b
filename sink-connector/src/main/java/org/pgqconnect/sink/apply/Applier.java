/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.assemble.SafeOffsets;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.MissingRows;
import org.pgqconnect.sink.store.StatusReport;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.write.BatchWriter;
import org.pgqconnect.sink.write.TablesInCopy;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies batches to the subscriber: rows, table states, position and offsets in one transaction. A
 * batch that does not fit into memory is written into its transaction part by part. Not thread
 * safe.
 */
public final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  private final Subscriber subscriber;
  private final NotApplied notApplied;
  private final BatchPlanner planner;
  private final AlteredTables altered;
  private final Streaming streaming;
  private final CopySweeps sweeps;
  private final MissedRows missed;
  private final PlannedEffects plannedEffects;
  private final TableLooks looks;
  private final TriggerNotes triggers;

  /**
   * @param notApplied counts rows that are skipped
   * @param clock says when tables are looked at and sweeps are tried again
   */
  public Applier(Subscriber subscriber, NotApplied notApplied, NanoClock clock) {
    this.subscriber = subscriber;
    this.notApplied = notApplied;
    this.planner = new BatchPlanner(subscriber);
    this.altered = new AlteredTables(subscriber);
    this.streaming = new Streaming(subscriber, altered, notApplied);
    this.sweeps = new CopySweeps(subscriber, clock);
    this.missed = new MissedRows(notApplied);
    this.plannedEffects = new PlannedEffects(subscriber, sweeps, missed);
    this.looks = new TableLooks(subscriber, clock);
    this.triggers = new TriggerNotes(subscriber);
  }

  /**
   * Opens a session unless one is open, and reads where the subscriber stands.
   *
   * @return false when it does not stand where it was left, so that the topics must be read again
   */
  public boolean open() throws SQLException {
    if (subscriber.isOpen()) {
      return true;
    }
    boolean stayed = subscriber.open();
    looks.opened();
    triggers.forget();
    if (!stayed) {
      missed.forgetAll();
    }
    return stayed;
  }

  /** Gives up the session and what it has not committed. */
  public void close() {
    streaming.forget();
    subscriber.close();
  }

  /**
   * Stores what status shows.
   *
   * @return false when no session is open, or a transaction that holds the row
   */
  public boolean report(StatusReport report) throws SQLException {
    if (!subscriber.isOpen() || streaming.isOn()) {
      return false;
    }
    subscriber.report(report);
    return true;
  }

  /** Is a batch being written part by part? */
  public boolean isStreaming() {
    return streaming.isOn();
  }

  /**
   * Writes what is in memory of the head batch, of which more is to come, into its transaction.
   *
   * @throws SQLException when the session broke: then the rows that were written are lost and must
   *     be read again
   * @throws StopException when it can never be applied
   */
  public void stream(PendingBatch batch) throws SQLException {
    try {
      streaming.write(batch);
    } catch (ApplyException e) {
      throw e.stop();
    }
  }

  /** Undoes what was written of another batch. */
  void abandonUnless(BatchId batch) throws SQLException {
    streaming.abandonUnless(batch);
  }

  /**
   * How batches are written.
   *
   * @param careful all that lead on from each other together, with savepoints even for few rows, so
   *     that rows that stand in each other's way are written at once, and what is refused is named
   * @param clearsWay rows that a repeated copy has not brought so far are deleted where they are in
   *     the way
   */
  record Manner(boolean careful, boolean clearsWay) {}

  /**
   * Applies complete batches in one transaction.
   *
   * @param batches consecutive, at least one; some may be left for the next call
   * @param offsets from where to read again once the batches are applied
   * @return the tick up to which batches are applied, now or before
   */
  long apply(List<PendingBatch> batches, SafeOffsets offsets, Manner manner) throws SQLException {
    ApplyPlan plan = plan(batches, manner.careful());
    if (plan.isEmpty()) {
      subscriber.standsAt(plan.after());
      subscriber.commit();
      return plan.after().tickId();
    }
    boolean look = !streaming.isOn() && looks.isDue();
    if (look) {
      looks.look(plan);
    }
    plan.skip(altered.require(plan.next(), streaming.written()));
    subscriber.know(plan.next());
    Set<TableId> repeated = new HashSet<>(subscriber.repeated());
    Effects effects = plannedEffects.of(plan, repeated);
    write(effects, plan, repeated, manner);
    Map<TableId, MissingRows.Count> missing =
        missed.note(subscriber.writer().missing().byTable(), plan);
    sweeps.sweep(repeated, plan.next(), context(plan));
    triggers.note(plan.next());
    Set<TableId> written = union(plan.written(), streaming.written().keySet());
    save(plan, offsets, written, union(effects.emptied(), streaming.emptied()));
    subscriber.saveRepeated(repeated);
    subscriber.commit();
    looks.committed(look, written);
    missed.committed(missing);
    plan.countSkipped(notApplied);
    plan.next().warnings().forEach(LOG::warn);
    streaming.committed();
    subscriber.committed(plan.after(), plan.next(), repeated);
    return plan.after().tickId();
  }

  /** Locks the position, unless the transaction has begun, and holds the batches against it. */
  private ApplyPlan plan(List<PendingBatch> batches, boolean together) throws SQLException {
    Position from = streaming.isOn() ? streaming.batch().from() : subscriber.lock();
    TableStates next = streaming.isOn() ? streaming.batch().tables() : subscriber.tables().copy();
    ApplyPlan plan = planner.plan(batches, from, next, together);
    if (!plan.isEmpty()) {
      streaming.requireNothingWronglySkipped(plan.first());
    }
    return plan;
  }

  private void write(Effects effects, ApplyPlan plan, Set<TableId> repeated, Manner manner)
      throws SQLException {
    BatchWriter writer = subscriber.writer();
    writer.inCopy(inCopy(plan.next(), repeated, manner));
    writer.write(effects, context(plan), manner.careful());
  }

  private MessageContext context(ApplyPlan plan) {
    return new MessageContext(plan.context(), subscriber.remedy());
  }

  private TablesInCopy inCopy(TableStates next, Set<TableId> repeated, Manner manner) {
    Set<TableId> again = Set.copyOf(repeated);
    // At its end a copy deletes what it did not bring; before, only where waiting is in vain.
    Set<TableId> clearable =
        again.stream()
            .filter(t -> subscriber.ownership().owns(t) && !next.expectsCopy(t))
            .filter(t -> manner.clearsWay() || streaming.isOn() || next.isCopied(t))
            .collect(Collectors.toSet());
    return TablesInCopy.ofBatch(next, subscriber.ownership(), again, clearable);
  }

  private void save(ApplyPlan plan, SafeOffsets safe, Set<TableId> written, Set<TableId> emptied)
      throws SQLException {
    Map<PartitionId, Long> offsets = safe.after(plan.after().tickId());
    if (subscriber.writer().isAlteredBeside(written)) {
      boolean wasStreaming = streaming.isOn();
      subscriber.rollback();
      throw wasStreaming ? new ReadAgainException() : new AlteredBesideException();
    }
    if (!subscriber.store().save(plan.end(), offsets, plan.next(), written, emptied)) {
      subscriber.rollback();
      throw new ReadAgainException(); // The new session looks at the tables before it writes.
    }
  }

  private static Set<TableId> union(Set<TableId> one, Set<TableId> other) {
    Set<TableId> all = new TreeSet<>(one);
    all.addAll(other);
    return all;
  }
}
