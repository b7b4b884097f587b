/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.offsets.PartitionId;

/** What has arrived of one batch. */
public final class PendingBatch {
  private final BatchId id;
  private final Buffered buffered;
  private final Map<TableId, TableRows> tables = new TreeMap<>();
  private final Map<PartitionId, Long> firstOffsets = new HashMap<>();
  private BatchBegin begin;
  private BatchEnd end;
  private final List<TableDefinition> definitions = new ArrayList<>();
  private int rows;
  private long bytes;

  PendingBatch(BatchId id, Buffered buffered) {
    this.id = id;
    this.buffered = buffered;
  }

  public BatchId id() {
    return id;
  }

  /** The batch's END, or null while it has not arrived. */
  public BatchEnd end() {
    return end;
  }

  /** What the batch says its tables are, in the order in which it said so. */
  public List<TableDefinition> definitions() {
    return definitions;
  }

  /** The begin or the end of the batch, or null while none has arrived. */
  public Boundary boundary() {
    return end != null ? end : begin;
  }

  /** The batch's place in the chain, or null while no boundary has arrived. */
  public BatchBounds bounds() {
    return boundary() == null ? null : boundary().bounds();
  }

  /** Rows that are buffered. */
  public int rows() {
    return rows;
  }

  /** The rows of each table in order, as far as they have arrived without a hole. */
  public Map<TableId, List<RowChange>> rowsByTable() {
    Map<TableId, List<RowChange>> result = new LinkedHashMap<>();
    tables.forEach((table, arrived) -> result.put(table, arrived.rows()));
    return result;
  }

  /**
   * Hands out rows in order and forgets them, so that a batch larger than memory can be applied as
   * it arrives. Rows of copies are kept until END has said what they mean.
   */
  public Map<TableId, List<RowChange>> release() {
    Map<TableId, List<RowChange>> result = new LinkedHashMap<>();
    int released = 0;
    for (Map.Entry<TableId, TableRows> table : tables.entrySet()) {
      List<RowChange> out = table.getValue().release();
      if (!out.isEmpty()) {
        result.put(table.getKey(), out);
        released += out.size();
      }
    }
    count(-released, rows == 0 ? 0 : -(bytes * released / rows));
    definitions.clear(); // The caller that takes the rows has read them.
    return result;
  }

  /** How many rows {@link #release()} would hand out, about. */
  public int releasable() {
    return tables.values().stream().mapToInt(TableRows::releasable).sum();
  }

  /** Takes a row in; false when it was here before. */
  boolean add(TableId table, RowChange change) {
    if (!tables.computeIfAbsent(table, t -> new TableRows()).add(change)) {
      return false;
    }
    count(1, change.bytes());
    return true;
  }

  private void count(int moreRows, long moreBytes) {
    rows += moreRows;
    bytes += moreBytes;
    buffered.add(moreRows, moreBytes);
  }

  /** The batch is not pending any more: what it holds does not count as buffered. */
  void discard() {
    buffered.add(-rows, -bytes);
  }

  void add(Boundary boundary) {
    if (boundary instanceof BatchEnd arrived) {
      end = arrived;
    } else if (boundary instanceof BatchBegin arrived) {
      begin = arrived;
    } else if (boundary instanceof BatchTable arrived) {
      definitions.add(arrived.table());
    }
  }

  void touch(PartitionId partition, long offset) {
    firstOffsets.merge(partition, offset, Math::min);
  }

  Map<PartitionId, Long> firstOffsets() {
    return firstOffsets;
  }

  /** True when the table's rows up to this order have a hole. */
  boolean isAhead(TableId table, long tableOrder) {
    TableRows arrived = tables.get(table);
    return arrived != null && arrived.contiguous() < tableOrder;
  }

  /** True when END is here and all rows that it counts and that are wanted. */
  boolean isComplete(Ownership ownership, Set<TableId> filled) {
    return end != null && missing(ownership, filled).isEmpty();
  }

  /**
   * The first table whose rows are not all here, once END has arrived; empty when none is missing.
   *
   * @throws StopException when there are more than END counts
   */
  Optional<Missing> missing(Ownership ownership, Set<TableId> filled) {
    return end.counts().entrySet().stream()
        .map(count -> missing(count, ownership, filled))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Every table whose rows are not all here, once END has arrived. */
  List<Missing> allMissing(Ownership ownership, Set<TableId> filled) {
    return end.counts().entrySet().stream()
        .map(count -> missing(count, ownership, filled))
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Missing> missing(
      Map.Entry<String, Long> count, Ownership ownership, Set<TableId> filled) {
    TableId table = TableId.parse(count.getKey());
    boolean held = filled.contains(table);
    boolean needed = ownership.owns(table) && (held || startsCopy(table));
    TableRows arrived = tables.get(table);
    long here = arrived == null ? 0 : arrived.arrived();
    if (here > count.getValue()) {
      throw new StopException(tooMany(table, here, count.getValue()));
    }
    return needed && here < count.getValue()
        ? Optional.of(new Missing(table, here, count.getValue(), held))
        : Optional.empty();
  }

  private String tooMany(TableId table, long here, long counted) {
    return ("Batch %s holds %d rows of %s but its END counts %d, so which rows belong to it is not"
            + " known and nothing of it was applied. The table's topic holds records of two"
            + " different queues or of two installations of one, or another program wrote to"
            + " it. Give each queue and each installation a topic.prefix of its own; to start"
            + " again, delete the topics of this prefix, or choose another prefix for source"
            + " and sink, and copy the tables again: %s; then restart the connector")
        .formatted(id, here, table, counted, Remedy.incomplete().resyncAll());
  }

  /** A copy that has no rows says that those of before are there: changes count from here on. */
  private boolean startsCopy(TableId table) {
    return end.copies().stream().anyMatch(copy -> copy.first() && copy.table().equals(table));
  }

  /** The rows that begin a copy of the table are lost: to the subscriber it is under way. */
  void passBeginningOf(TableId table) {
    end = end.withoutBeginningOf(table);
  }

  /** Tables whose copy starts in this batch, or that are declared to hold their rows. */
  List<TableId> copyStarts() {
    return end.copies().stream().filter(CopyProgress::first).map(CopyProgress::table).toList();
  }

  /**
   * Rows of a table that a batch waits for.
   *
   * @param arrived how many different rows are here
   * @param expected how many END counts
   * @param held whether the subscriber has rows of the table that are kept in step; else they begin
   *     a copy
   */
  public record Missing(TableId table, long arrived, long expected, boolean held) {}
}
