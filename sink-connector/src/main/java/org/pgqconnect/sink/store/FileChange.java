/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.util.List;

/**
 * What another session did to a table that is in another file than the one in which the
 * subscription left it.
 *
 * @param held the table held rows at the last check; true also when that is not known
 * @param copying a copy is under way whose end depends on the rows that it has brought so far
 * @param everyFile of a partitioned table, all partitions are in other files
 * @param readable the role can read the rows, and they show who wrote them
 * @param files the rows of each new file
 */
record FileChange(
    boolean held, boolean copying, boolean everyFile, boolean readable, List<Rows> files) {
  /** So many rows of a file are looked at. */
  static final int MOST_ROWS = 100_000;

  /**
   * Rows of one file.
   *
   * @param seen how many were looked at
   * @param older those from before all files were last known: VACUUM FULL and CLUSTER keep them,
   *     TRUNCATE does not
   * @param uncounted its rows were not counted since the file was made: VACUUM FULL and CLUSTER do,
   *     TRUNCATE does not; false before PostgreSQL 14, which does not show it
   */
  record Rows(long seen, long older, boolean uncounted) {
    private boolean isEmpty() {
      return seen == 0;
    }

    private boolean isTruncated() {
      return isEmpty() && uncounted;
    }
  }

  /** What came of it. */
  enum Verdict {
    /** All rows are there. */
    KEPT,
    /** The rows are gone. */
    EMPTIED,
    /** There are rows, and none of them shows that it was there before. */
    UNKNOWN,
    /** Partitions were detached or dropped, with what they held. */
    PARTITIONS_GONE
  }

  Verdict verdict() {
    Verdict verdict = ofRows();
    return verdict == Verdict.UNKNOWN && copying ? Verdict.EMPTIED : verdict;
  }

  private Verdict ofRows() {
    if (!readable || files.stream().anyMatch(file -> !file.isEmpty() && file.older() == 0)) {
      return Verdict.UNKNOWN;
    }
    boolean nothingGone = !held || files.stream().noneMatch(Rows::isEmpty);
    // VACUUM FULL of a whole table rewrites its empty partitions, too.
    boolean rewritten = files.stream().anyMatch(file -> file.older() > 0);
    if (rewritten && !nothingGone && files.stream().anyMatch(Rows::isTruncated)) {
      return Verdict.UNKNOWN;
    }
    if (nothingGone || rewritten) {
      return Verdict.KEPT;
    }
    return everyFile ? Verdict.EMPTIED : Verdict.UNKNOWN;
  }
}
