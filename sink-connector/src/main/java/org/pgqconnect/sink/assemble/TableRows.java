/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.batch.Operation;

/** The rows of one table in one batch, put back into order as they arrive. */
final class TableRows {
  private final Map<Long, RowChange> ahead = new HashMap<>();
  private List<RowChange> run = new ArrayList<>();
  private long released;

  /** Takes a row in; false when it was here before. */
  boolean add(RowChange change) {
    long next = contiguous() + 1;
    if (change.tableOrder() < next) {
      return false;
    }
    if (change.tableOrder() > next) {
      return ahead.putIfAbsent(change.tableOrder(), change) == null;
    }
    run.add(change);
    while (!ahead.isEmpty()) {
      RowChange follower = ahead.remove(contiguous() + 1);
      if (follower == null) {
        break;
      }
      run.add(follower);
    }
    return true;
  }

  /** Up to which table order there is no hole. */
  long contiguous() {
    return released + run.size();
  }

  /** How many different rows have arrived. */
  long arrived() {
    return contiguous() + ahead.size();
  }

  /** The rows in order that were not released, up to the first hole. */
  List<RowChange> rows() {
    return run;
  }

  /**
   * Hands out the rows in order and forgets them. Rows of a copy stay, and so does what follows
   * them: what they mean is said in END.
   */
  List<RowChange> release() {
    int end = 0;
    while (end < run.size() && run.get(end).operation() != Operation.READ) {
      end++;
    }
    List<RowChange> out = end == run.size() ? run : new ArrayList<>(run.subList(0, end));
    run = end == run.size() ? new ArrayList<>() : new ArrayList<>(run.subList(end, run.size()));
    released += end;
    return out;
  }

  /** How many rows {@link #release()} would hand out at most. */
  int releasable() {
    return run.isEmpty() || run.get(0).operation() == Operation.READ ? 0 : run.size();
  }
}
