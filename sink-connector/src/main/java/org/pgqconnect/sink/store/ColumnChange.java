/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.util.List;

/**
 * Columns of a table that carry the names of others than those that the subscription filled.
 *
 * @param moved their names: dropped and added again, or renamed to a name that was free
 * @param missing other names of columns that it filled are not there
 * @param held the table held rows at the last check; true also when that is not known
 * @param copying a copy is under way whose end depends on the rows that it has brought so far
 */
record ColumnChange(List<String> moved, boolean missing, boolean held, boolean copying) {
  ColumnChange {
    moved = List.copyOf(moved);
  }

  /** What came of it. */
  enum Verdict {
    /** No row has lost a value. */
    KEPT,
    /** Rows may lack values, or hold those of another column. */
    DOUBTFUL,
    /** The same, of a table of which only a part was copied so far. */
    LOST,
    /** Columns may have other names on the provider by now, too: the next rows show that. */
    OPEN
  }

  /**
   * @param written the provider's present definition is known, and rows were written by it
   */
  Verdict verdict(boolean written) {
    if (missing && !written) {
      return Verdict.OPEN;
    }
    if (moved.isEmpty() || !held) {
      return Verdict.KEPT;
    }
    return copying ? Verdict.LOST : Verdict.DOUBTFUL;
  }
}
