/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.target.ApplyException;

/**
 * What may still come of the tables of a foreign key that refused a row.
 *
 * @param toBeCopied they are to be copied: the one whose rows it needs, or whose rows must go first
 * @param mayBeCopied the topics have not shown one of them yet
 */
record AwaitedTables(List<TableId> toBeCopied, boolean mayBeCopied) {
  private static final AwaitedTables NONE = new AwaitedTables(List.of(), false);

  /**
   * Asks the subscriber, and undoes what its open transaction has done.
   *
   * @param failure what was refused, by whatever constraint
   */
  static AwaitedTables of(ApplyException failure, Subscriber subscriber) throws SQLException {
    TableId referring = failure.referring();
    if (referring == null) {
      return NONE;
    }
    Set<TableId> tables = subscriber.writer().withParents(referring);
    // Of those that refer to each other each is copied before one that it needs.
    Set<TableId> circle = subscriber.writer().circle(referring);
    List<TableId> unknown =
        tables.stream()
            .filter(t -> subscriber.ownership().owns(t) && !subscriber.isReplicated(t))
            .toList();
    // What partitions hold comes under the name of the whole.
    Set<TableId> partitions = subscriber.writer().partitionsOf(unknown);
    subscriber.rollback();
    List<TableId> toBeCopied =
        tables.stream()
            .filter(
                table ->
                    subscriber.isReplicated(table)
                        ? subscriber.known().expectsCopy(table)
                        : subscriber.ownership().owns(table)
                            && circle.contains(table)
                            && !partitions.contains(table))
            .sorted()
            .toList();
    return new AwaitedTables(toBeCopied, !partitions.containsAll(unknown));
  }

  /** What was refused, and which tables are to be copied first. */
  String explain(ApplyException failure, Subscriber subscriber) {
    StringBuilder message = new StringBuilder(failure.getMessage());
    for (TableId table : toBeCopied) {
      message.append(
          subscriber.isReplicated(table)
              ? " Table %s is to be copied first.".formatted(table)
              : " Table %s refers to it in turn and has not been copied so far: the sink waits for its copy."
                  .formatted(table));
      String note = subscriber.known().get(table).note();
      if (note != null) {
        message.append(" ").append(note);
      }
    }
    return message.toString();
  }
}
