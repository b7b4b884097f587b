/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;

/**
 * What is noted of a table for its operator. A note may say several things, one after the other;
 * what is over is cut out of it.
 *
 * @param remedy the commands that notes name
 */
record TableNotes(Remedy remedy) {
  private static final String OTHER_COLUMN =
      " the name to another column. Rows that were not written since lack the provider's values in"
          + " it. If they have them by now";

  TableNotes {
    requireNonNull(remedy, "remedy");
  }

  /** ALTER TABLE on the provider made rows other than they are here. */
  String altered(TableId table, String reason) {
    return ("Rows of table %s were changed on the provider by ALTER TABLE, which writes no events:"
            + " %s. Its changes are skipped until it is copied again: %s")
        .formatted(table, reason, remedy.resync(table));
  }

  /** The subscription leaves out a table that it held. */
  String leftOut(TableId table, BatchBounds bounds) {
    return ("This sink's topics or table.include.list leave %s out, and changes of it were skipped"
            + " since tick %d. When it is included again they are missing, so it stays in state"
            + " expecting-copy until it is copied again: %s")
        .formatted(table, bounds.prevTickId(), remedy.resync(table));
  }

  /** A table is not what was copied. */
  String lost(TableId table, String how) {
    return "The subscriber's table %s is not what was copied: %s. Its changes are skipped until it is copied again: %s"
        .formatted(table, how, remedy.resync(table));
  }

  /** A copy is requested that has not begun. */
  static String copyToCome(TableId table) {
    return ("Table %s was not replicated for a while, or changes of it were missed on the provider."
            + " A copy of it is requested, and its changes are skipped until that begins. If it"
            + " does not, see what it waits for: %s")
        .formatted(table, Remedy.status());
  }

  /** The middle of a copy arrives without its beginning. */
  String copyUnderWay(CopyProgress copy, SubscribedTable before) {
    return ("A copy of %s (number %d) was under way before this subscription began, or its topic"
            + " does not keep the beginning any more, so the table stays in state %s and its"
            + " changes are skipped. To have it copied from the beginning: %s")
        .formatted(
            copy.table(), copy.copyId(), before.stage().label(), remedy.resync(copy.table()));
  }

  /** Rows of a table that was in step were not there. */
  String missedRows(TableId table, long updates, long deletes, String key, String context) {
    return ("%d updates and %d deletes of table %s met rows that are not on the subscriber, first"
            + " in %s, one of them with key (%s): another session deleted rows there, or"
            + " restored the table. Rows that are updated are there again, other rows may still"
            + " be missing. Copy it again: %s")
        .formatted(updates, deletes, table, context, key, remedy.resync(table));
  }

  /** Triggers of the subscriber fire, and no operator has confirmed that they do no harm. */
  static String firesTriggers(
      TableId table, String subscription, String warning, List<String> names) {
    return warning
        + (" Else, if they do no harm, run on the subscriber: UPDATE pgq_connect.subscribed_table"
               + " SET note = substr(note, nullif(strpos(note, chr(10)), 0) + 1),"
               + " confirmed_triggers = ARRAY[%s] WHERE subscription = %s AND table_schema = %s AND"
               + " table_name = %s; In either case restart the connector then.")
            .formatted(
                names.stream().map(Identifiers::literal).collect(Collectors.joining(", ")),
                Identifiers.literal(subscription),
                Identifiers.literal(table.schema()),
                Identifiers.literal(table.table()));
  }

  /** Others have written all rows of a table anew. */
  String rewritten(TableId table, String subscription) {
    return doubt(
        table,
        subscription,
        ("Another session rewrote table %s on the subscriber. None of its rows shows"
                + " that it was there before, as after ALTER TABLE, which keeps them, or after"
                + " TRUNCATE and a restore, which lose or change some. If it was ALTER TABLE,"
                + " and changed no value (as TYPE .. USING does)")
            .formatted(table));
  }

  /** Another column has the name of one that the subscription filled. */
  String otherColumn(TableId table, String subscription, String column) {
    return doubt(table, subscription, otherColumn(table, column) + OTHER_COLUMN);
  }

  private static String otherColumn(TableId table, String column) {
    return ("Column \"%s\" of table %s on the subscriber is another one than this"
            + " subscription filled: another session dropped it and added it again, or gave")
        .formatted(column, table);
  }

  /** Partitions are no longer part of a table. */
  String partitionsGone(TableId table, String subscription) {
    return doubt(
        table,
        subscription,
        ("Partitions of table %s on the subscriber were detached or dropped, and with"
                + " them what they held. If the provider has no such rows either")
            .formatted(table));
  }

  private String doubt(TableId table, String subscription, String what) {
    return what
        + (", run on the subscriber: UPDATE pgq_connect.subscribed_table SET note = NULL"
                + " WHERE subscription = %s AND table_schema = %s AND table_name = %s; That"
                + " takes back all that is noted of the table. Else copy the table again: %s")
            .formatted(
                Identifiers.literal(subscription),
                Identifiers.literal(table.schema()),
                Identifiers.literal(table.table()),
                remedy.resync(table));
  }

  /** A note, which may be null, with one more. */
  static String joined(String before, String note) {
    if (before == null) {
      return note;
    }
    return before + (withoutTriggers(before) == null ? "\n" : " ") + note;
  }

  /**
   * What a note says of triggers comes first and has a line of its own, so that it can go; null
   * when nothing else is noted.
   */
  static String withoutTriggers(String note) {
    if (note == null || !note.startsWith("Triggers ")) {
      return note;
    }
    int end = note.indexOf('\n');
    return end < 0 ? null : note.substring(end + 1);
  }

  /** A note, which may be null, without parts; null when nothing else is noted. */
  static String without(String note, List<String> parts) {
    String rest = note == null ? "" : note;
    for (String part : parts) {
      int start = rest.indexOf(part);
      if (start >= 0) {
        rest = cut(rest, start, start + part.length());
      }
    }
    return rest.isEmpty() ? null : rest;
  }

  /**
   * What a note says of columns that the provider has dropped has no meaning any more. One that has
   * another name there is none of them, and without numbers the two cannot be distinguished.
   */
  String withoutDropped(SubscribedTable before, TableDefinition now) {
    String note = before.note();
    if (note == null) {
      return null;
    }
    for (TableDefinition.Column column : before.definition().columns()) {
      int start = note.indexOf(otherColumn(now.table(), column.name()));
      if (start >= 0 && isDropped(column, now)) {
        String last = remedy.resync(now.table());
        int end = note.indexOf(last, start) + last.length();
        note = cut(note, start, end);
      }
    }
    return note.isEmpty() ? null : note;
  }

  private static boolean isDropped(TableDefinition.Column column, TableDefinition now) {
    return now.columns().stream().anyMatch(column::isBeside)
        && now.columns().stream().noneMatch(other -> other.number() == column.number());
  }

  private static String cut(String note, int start, int end) {
    return (note.substring(0, start) + note.substring(end).stripLeading()).stripTrailing();
  }
}
