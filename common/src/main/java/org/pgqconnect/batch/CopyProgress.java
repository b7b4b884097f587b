/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

/**
 * How far the copy of one table got with this batch.
 *
 * @param table the table that is copied
 * @param copyId distinguishes one copy of a table from a later one: it grows with every request
 * @param withRows false when the subscriber is declared to hold the rows already, so none are sent;
 *     or, when {@code first} is false too, when the copy has not begun: see {@link #isToCome}
 * @param first the batch holds the copy's first chunk: what the subscriber held before is void
 * @param last the batch holds the copy's last chunk
 * @param rows rows of this copy in this batch
 * @param consistentTick the tick from which on the table is consistent; 0 while {@code last} is
 *     false
 * @param empty the provider's table held no rows when it was captured, so there was nothing to
 *     hold; only without rows, and false when that is not known
 */
public record CopyProgress(
    TableId table,
    long copyId,
    boolean withRows,
    boolean first,
    boolean last,
    long rows,
    long consistentTick,
    boolean empty) {
  public CopyProgress {
    requireNonNull(table, "table");
  }

  /** Of a copy with rows. */
  public CopyProgress(
      TableId table, long copyId, boolean first, boolean last, long rows, long consistentTick) {
    this(table, copyId, true, first, last, rows, consistentTick, false);
  }

  /** The mark that subscribers hold the table's rows already. */
  public static CopyProgress mark(TableId table, long copyId, long tick, boolean empty) {
    return new CopyProgress(table, copyId, false, true, true, 0, tick, empty);
  }

  /** What subscribers hold of the table is not the provider's, and the copy is to come. */
  public static CopyProgress toCome(TableId table, long copyId) {
    return new CopyProgress(table, copyId, false, false, false, 0, 0, false);
  }

  /**
   * Changes of the table are missing before this batch, and its copy, of which nothing has been
   * sent, will make them good.
   */
  public boolean isToCome() {
    return !first && !withRows;
  }

  /** The same of a subscriber that the first chunk does not reach: to it the copy is under way. */
  public CopyProgress withoutBeginning() {
    return new CopyProgress(table, copyId, withRows, false, last, rows, consistentTick, empty);
  }

  /** Is it the mark that subscribers hold the table's rows already? */
  public boolean isMark() {
    return first && !withRows;
  }
}
