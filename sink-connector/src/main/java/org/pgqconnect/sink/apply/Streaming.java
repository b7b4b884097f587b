/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.apply.ApplyPlan.Planned;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.assemble.RowChange;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.position.PositionCheck;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.tables.TableStates.RowPlan;
import org.pgqconnect.sink.write.TablesInCopy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a batch that does not fit into memory into its transaction part by part. */
final class Streaming {
  private static final Logger LOG = LoggerFactory.getLogger(Streaming.class);

  private final Subscriber subscriber;
  private final AlteredTables altered;
  private final NotApplied notApplied;

  /** Tables whose rows were skipped though they are needed; the batch is read again for them. */
  private final Set<TableId> notToSkip = new HashSet<>();

  private StreamedBatch open;

  Streaming(Subscriber subscriber, AlteredTables altered, NotApplied notApplied) {
    this.subscriber = subscriber;
    this.altered = altered;
    this.notApplied = notApplied;
  }

  /**
   * The batch whose transaction is open.
   *
   * @param from where the subscriber stands
   * @param tables as what was written so far makes them
   * @param skipped tables that wait for their copy, so that their rows were skipped
   * @param written the tables that were written, with the columns that their rows brought
   */
  record StreamedBatch(
      BatchId batch,
      Position from,
      TableStates tables,
      Set<TableId> skipped,
      Map<TableId, Set<String>> written,
      Set<TableId> emptied) {
    StreamedBatch(BatchId batch, Position from, TableStates tables) {
      this(batch, from, tables, new HashSet<>(), new HashMap<>(), new HashSet<>());
    }
  }

  /** Is a batch being written part by part? */
  boolean isOn() {
    return open != null;
  }

  /** The batch that is being written; there is one. */
  StreamedBatch batch() {
    return open;
  }

  /** The tables that the open transaction has written so far, with the columns of their rows. */
  Map<TableId, Set<String>> written() {
    return open == null ? Map.of() : open.written();
  }

  /** The tables that the open transaction may have emptied so far. */
  Set<TableId> emptied() {
    return open == null ? Set.of() : open.emptied();
  }

  /** The transaction is gone with its session. */
  void forget() {
    open = null;
  }

  /** The transaction was committed. */
  void committed() {
    open = null;
    notToSkip.clear();
  }

  /** Undoes what was written of another batch. */
  void abandonUnless(BatchId batch) throws SQLException {
    if (open != null && !open.batch().equals(batch)) {
      open = null;
      subscriber.rollback();
    }
  }

  /**
   * Writes what is in memory of the head batch, of which more is to come, into its transaction.
   *
   * @throws SQLException when the session broke: then the rows that were written are lost and must
   *     be read again
   */
  void write(PendingBatch batch) throws SQLException {
    abandonUnless(batch.id());
    if (open == null && !begin(batch)) {
      return;
    }
    subscriber.know(open.tables());
    open.tables()
        .define(
            batch.definitions(), subscriber.ownership(), batch.boundary().bounds(), table -> true);
    altered.require(open.tables(), open.written());
    Map<TableId, List<RowChange>> rows = batch.release();
    Effects effects = effects(batch, rows, plans(rows));
    subscriber
        .writer()
        .writePart(effects, new MessageContext("batch " + batch.bounds(), subscriber.remedy()));
    open.emptied().addAll(effects.emptied());
  }

  /**
   * @return false when the batch was applied before
   */
  private boolean begin(PendingBatch batch) throws SQLException {
    Position at = subscriber.lock();
    if (subscriber.check(batch.boundary(), at) == PositionCheck.ALREADY_APPLIED) {
      subscriber.standsAt(at);
      subscriber.rollback();
      return false;
    }
    open = new StreamedBatch(batch.id(), at, subscriber.tables().copy());
    // What others have altered is found at the end, when all would have to be written again.
    subscriber.writer().forgetAll();
    LOG.info("Batch {} is applied as it arrives", batch.bounds());
    return true;
  }

  /** What to do with the rows of each table; those of others are skipped. */
  private Map<TableId, RowPlan> plans(Map<TableId, List<RowChange>> rows) {
    Map<TableId, RowPlan> plans = new HashMap<>();
    for (TableId table : rows.keySet()) {
      RowPlan plan = open.tables().planWithoutCopy(table);
      if (plan == RowPlan.SKIP && notToSkip.contains(table)) {
        plan = RowPlan.APPLY_WHILE_COPYING;
      }
      if (plan == RowPlan.SKIP) {
        open.skipped().add(table);
        notApplied.add(Reason.EXPECTING_COPY, rows.get(table).size());
      } else {
        plans.put(table, plan);
        addColumns(open.written().computeIfAbsent(table, t -> new HashSet<>()), rows.get(table));
      }
    }
    return plans;
  }

  private static void addColumns(Set<String> columns, List<RowChange> rows) {
    RowLayout last = null;
    for (RowChange row : rows) {
      if (row.after() != null && row.after().layout() != last) {
        last = row.after().layout();
        columns.addAll(last.columns());
      }
    }
  }

  private Effects effects(
      PendingBatch batch, Map<TableId, List<RowChange>> rows, Map<TableId, RowPlan> plans)
      throws SQLException {
    Map<TableId, TableDefinition> definitions = new HashMap<>();
    plans.keySet().forEach(table -> definitions.put(table, open.tables().get(table).definition()));
    Effects effects = subscriber.writer().effects(definitions);
    boolean inOrder = PositionCheck.beginsAt(batch.bounds(), open.from().tickId());
    Set<TableId> repeated = subscriber.repeated();
    subscriber
        .writer()
        .inCopy(TablesInCopy.ofPart(open.tables(), subscriber.ownership(), repeated));
    plans.forEach(
        (table, plan) -> {
          if (repeated.contains(table)) {
            effects.addAgain(table, rows.get(table));
          } else if (plan == RowPlan.APPLY && inOrder) {
            effects.addInStep(table, rows.get(table));
          } else {
            effects.add(table, rows.get(table), plan == RowPlan.APPLY_WHILE_COPYING);
          }
        });
    return effects;
  }

  /**
   * END may say that the subscriber holds a table's rows already. Then the rows that were skipped
   * because no copy was known are needed, and the batch is read once more.
   *
   * @throws ReadAgainException then
   */
  void requireNothingWronglySkipped(Planned batch) {
    if (open == null) {
      return;
    }
    for (TableId table : open.skipped()) {
      if (batch.marks(table) && batch.plans().get(table) != RowPlan.SKIP) {
        notToSkip.add(table);
      }
    }
    if (!notToSkip.isEmpty() && open.skipped().removeAll(notToSkip)) {
      throw new ReadAgainException();
    }
  }
}
