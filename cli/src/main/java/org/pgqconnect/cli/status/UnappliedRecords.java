/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import java.util.Set;

/** What status says of the records that a sink has not applied since its task started. */
final class UnappliedRecords {
  private static final String MISSING_ROW = "missing-row";

  /**
   * Records that need no look. Those whose rows were missing have a note at their table, which goes
   * when the table is copied; the count stays until the task ends.
   */
  private static final Set<String> PLACED =
      Set.of(
          "below-position",
          "dead-attempt",
          "old-history",
          "not-subscribed",
          "not-included",
          "expecting-copy",
          "duplicate",
          "tombstone",
          MISSING_ROW);

  private UnappliedRecords() {}

  /** Whether records with this reason need no look. */
  static boolean arePlaced(String reason) {
    return PLACED.contains(reason);
  }

  static String line(String reason, long records) {
    return "records not applied: %d %s%s".formatted(records, reason, meaning(reason));
  }

  private static String meaning(String reason) {
    if (reason.equals(MISSING_ROW)) {
      return ": the rows that they change were not on the subscriber; a table that is to be copied"
          + " for it has a note";
    }
    return arePlaced(reason) ? "" : ", which belong nowhere; the worker's log says more";
  }
}
