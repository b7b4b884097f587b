/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.time.NanoClock;

/** Ends copies that left rows in place: deletes what they did not bring. */
final class CopySweeps {
  /** How much longer than a sweep that was in vain the sink continues without another one. */
  private static final int REST = 10;

  private final Subscriber subscriber;
  private final NanoClock clock;
  private Map<TableId, String> unswept = Map.of();
  private long againNanos;

  CopySweeps(Subscriber subscriber, NanoClock clock) {
    this.subscriber = subscriber;
    this.clock = clock;
  }

  /** A copy begins: what was in vain may succeed now. */
  void forget() {
    unswept = Map.of();
  }

  /**
   * Deletes what copies that have ended did not bring, where that is possible.
   *
   * @param repeated the tables that are copied again while their rows stay; loses those that are
   *     done
   * @param next takes notes of those that are not
   * @param context the batches that are applied, for messages
   */
  void sweep(Set<TableId> repeated, TableStates next, MessageContext context) throws SQLException {
    Map<TableId, TableDefinition> ended = new HashMap<>();
    for (TableId table : repeated) {
      if (next.isCopied(table)) {
        ended.put(table, next.get(table).definition());
      }
    }
    if (ended.isEmpty()) {
      unswept = Map.of();
      return;
    }
    Set<TableId> tables = Set.copyOf(ended.keySet());
    if (!tables.equals(unswept.keySet()) || clock.nanos() - againNanos >= 0) {
      long start = clock.nanos();
      unswept = trySweep(ended, repeated, context);
      long end = clock.nanos();
      againNanos = end + REST * (end - start);
    }
    unswept.forEach((table, note) -> next.unfinished(table, note, notes(table)));
    for (TableId table : tables) {
      if (!unswept.containsKey(table)) {
        next.finished(table, notes(table));
      }
    }
  }

  /**
   * @return what to note of the tables where that was not possible
   */
  private Map<TableId, String> trySweep(
      Map<TableId, TableDefinition> ended, Set<TableId> repeated, MessageContext context)
      throws SQLException {
    Map<TableId, String> notes = new HashMap<>();
    subscriber.writer().incomplete(ended).forEach(table -> notes.put(table, incomplete(table)));
    ended.keySet().removeAll(notes.keySet());
    Set<TableId> swept = subscriber.writer().sweep(ended, context);
    repeated.removeAll(swept);
    ended.keySet().removeAll(swept);
    ended.keySet().forEach(table -> notes.put(table, unfinished(table)));
    return notes;
  }

  private List<String> notes(TableId table) {
    return List.of(incomplete(table), unfinished(table));
  }

  private String incomplete(TableId table) {
    return ("Table %s on the subscriber lacks rows that its copy brought: another session deleted"
            + " them, gave them other keys, or emptied the table meanwhile. Copy it once more:"
            + " %s")
        .formatted(table, subscriber.remedy().resync(table));
  }

  private static String unfinished(TableId table) {
    return ("The copy of %s has ended, but rows that the provider does not have are still referred"
            + " to by rows of another table. They are deleted as soon as that table's copy has"
            + " ended too")
        .formatted(table);
  }
}
