/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.position.PositionCheck;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.tables.TableStates.RowPlan;

/** The batches of one transaction, and what is to be done with the rows of each. */
final class ApplyPlan {
  private final Position from;
  private final TableStates next;
  private final List<Planned> batches = new ArrayList<>();

  /**
   * A batch and what to do with its rows.
   *
   * @param plans of every table that has any, or whose copy starts; may be changed to skip them
   */
  record Planned(PendingBatch batch, Map<TableId, RowPlan> plans) {
    /** Does the batch say that the subscriber holds the table's rows already? */
    boolean marks(TableId table) {
      return batch.end().copies().stream()
          .anyMatch(copy -> copy.isMark() && copy.table().equals(table));
    }
  }

  /**
   * @param from where the subscriber stands
   * @param next the tables as the batches will leave them
   */
  ApplyPlan(Position from, TableStates next) {
    this.from = from;
    this.next = next;
  }

  void add(PendingBatch batch, Map<TableId, RowPlan> plans) {
    batches.add(new Planned(batch, plans));
  }

  /** Nothing is to be applied. */
  boolean isEmpty() {
    return batches.isEmpty();
  }

  /** In their order. */
  List<Planned> batches() {
    return batches;
  }

  Planned first() {
    return batches.get(0);
  }

  TableStates next() {
    return next;
  }

  /** The END of the last batch. */
  BatchEnd end() {
    return batches.get(batches.size() - 1).batch().end();
  }

  /** Where the subscriber will stand. */
  Position after() {
    return isEmpty() ? from : positionAfter(end());
  }

  private static Position positionAfter(BatchEnd end) {
    return new Position(
        end.queue(),
        end.provider(),
        end.queueIdentity(),
        end.id().attempt(),
        end.bounds().tickId(),
        end.tickTime());
  }

  /** Rows of these tables are not written. */
  void skip(Set<TableId> tables) {
    for (TableId table : tables) {
      batches.forEach(batch -> batch.plans().replace(table, RowPlan.SKIP));
    }
  }

  /** No batch overlaps what was applied before, so that its rows are as they were before it. */
  boolean isInOrder() {
    Long tick = from.tickId();
    for (Planned batch : batches) {
      if (!PositionCheck.beginsAt(batch.batch().bounds(), tick)) {
        return false;
      }
      tick = batch.batch().bounds().tickId();
    }
    return true;
  }

  /** Tables that are copied, or wait for a copy, in any of the batches. */
  Set<TableId> outOfStep() {
    Set<TableId> tables = new HashSet<>();
    for (Planned batch : batches) {
      batch
          .plans()
          .forEach(
              (table, plan) -> {
                if (plan != RowPlan.APPLY) {
                  tables.add(table);
                }
              });
    }
    return tables;
  }

  /** Does a copy of the table begin in one of the batches? */
  boolean restarts(TableId table) {
    return batches.stream().anyMatch(batch -> batch.plans().get(table) == RowPlan.RESTART);
  }

  /** The tables that are written. */
  Set<TableId> written() {
    Set<TableId> written = new TreeSet<>();
    for (Planned batch : batches) {
      batch
          .plans()
          .forEach(
              (table, plan) -> {
                if (plan != RowPlan.SKIP) {
                  written.add(table);
                }
              });
    }
    return written;
  }

  /** The tables that are written, as the provider describes them; null where it has not. */
  Map<TableId, TableDefinition> definitions() {
    Map<TableId, TableDefinition> definitions = new HashMap<>();
    written().forEach(table -> definitions.put(table, next.get(table).definition()));
    return definitions;
  }

  /** The batches, for messages. */
  String context() {
    return batches.size() == 1
        ? "batch " + end().bounds()
        : "batches (%d, %d]"
            .formatted(first().batch().bounds().prevTickId(), end().bounds().tickId());
  }

  /** Counts the rows that wait for a copy. */
  void countSkipped(NotApplied notApplied) {
    for (Planned planned : batches) {
      planned
          .batch()
          .rowsByTable()
          .forEach(
              (table, rows) -> {
                if (planned.plans().get(table) == RowPlan.SKIP) {
                  notApplied.add(Reason.EXPECTING_COPY, rows.size());
                }
              });
    }
  }

  /** Does a copy begin in the batch? */
  static boolean beginsCopy(PendingBatch batch) {
    return batch.end().copies().stream().anyMatch(CopyProgress::first);
  }
}
