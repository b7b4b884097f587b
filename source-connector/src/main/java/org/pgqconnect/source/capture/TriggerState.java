/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import java.util.Locale;

/** Whether a captured table is still captured. */
public enum TriggerState {
  OK(false),
  /** The table was dropped, or replaced by another one of its name. */
  TABLE_MISSING(true),
  /** The table has another name: its changes would go to another topic. */
  RENAMED(true),
  /** A trigger was dropped. */
  TRIGGER_MISSING(true),
  /** A trigger was disabled. */
  DISABLED(true),
  /** A trigger was dropped or disabled for a while, and is back; or what it needs was missing. */
  CHANGES_MISSED(true),
  /** ALTER TYPE gave the values of earlier rows another text. */
  TYPE_ALTERED(true),
  /** ALTER TABLE wrote the rows anew, and may have given them other values. */
  ROWS_REWRITTEN(false),
  /** Logical replication writes to the table, and the triggers do not fire for it. */
  REPLICATION_MISSED(true),
  /** Statements that name a table that it inherits from, or that inherits from it, went wrong. */
  INHERITANCE_MISSED(true),
  /** The queue was dropped: writes to the table fail. */
  QUEUE_MISSING(false),
  /** The table needs {@link CaptureForm#ROW} by now: the order of changes may be wrong. */
  FORM_UNSAFE(false),
  /** It was {@link #FORM_UNSAFE} for a while: changes of that time may be in the wrong order. */
  ORDER_UNSURE(false),
  /** A partition that is not taken up: rows it had before, and a TRUNCATE of it, are missed. */
  PARTITION_NEW(false),
  /** A partition was detached or dropped: its rows are still on the subscribers. */
  PARTITION_GONE(false),
  /** A TRUNCATE of a partition would be missed, for want of a right. */
  PARTITION_UNGUARDED(false),
  /** A crash of the server empties the table without an event. */
  UNLOGGED(false),
  /** Tables that inherit from it are not captured themselves. */
  CHILDREN_UNCAPTURED(false),
  /** A column that the row condition needs is gone: no row is captured. */
  CONDITION_CLOSED(true),
  /** A mask no longer fits: NULL is captured instead of what was to be hidden. */
  OPTIONS_CLOSED(false),
  /** The table was altered: captured correctly, but slowly until it is refreshed. */
  LAYOUT_CHANGED(false);

  private final boolean losesChanges;

  TriggerState(boolean losesChanges) {
    this.losesChanges = losesChanges;
  }

  /** Whether changes of the table go by uncaptured now. */
  public boolean losesChanges() {
    return losesChanges;
  }

  /** Whether {@link CaptureInstaller#refresh} fixes it, with no trigger dropped or replaced. */
  public boolean isFixedByRefresh() {
    return this == PARTITION_NEW || this == LAYOUT_CHANGED;
  }

  static TriggerState ofSqlName(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace(' ', '_'));
  }
}
