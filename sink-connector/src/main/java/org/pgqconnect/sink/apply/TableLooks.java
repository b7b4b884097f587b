/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.time.NanoClock;

/** Looks now and then whether others have emptied tables that are not written meanwhile. */
final class TableLooks {
  private static final long INTERVAL_NANOS = 30_000_000_000L;

  private final Subscriber subscriber;
  private final NanoClock clock;
  private final Set<TableId> written = new HashSet<>();
  private long lastNanos;

  TableLooks(Subscriber subscriber, NanoClock clock) {
    this.subscriber = subscriber;
    this.clock = clock;
    this.lastNanos = clock.nanos();
  }

  /** A session was opened, and has looked at all tables. */
  void opened() {
    looked();
  }

  /** Is it time for another look? */
  boolean isDue() {
    return clock.nanos() - lastNanos >= INTERVAL_NANOS;
  }

  /**
   * Looks at the tables, before a plan's rows are written.
   *
   * @throws StopException when a table was emptied and not by its copy
   */
  void look(ApplyPlan plan) throws SQLException {
    subscriber
        .tableStore()
        .checkTables(
            plan.next(),
            table -> subscriber.ownership().owns(table) && !plan.restarts(table),
            table -> !subscriber.ownership().owns(table),
            written);
  }

  /**
   * A transaction was committed.
   *
   * @param looked it looked at the tables
   * @param tables those that it wrote
   */
  void committed(boolean looked, Set<TableId> tables) {
    if (looked) {
      looked();
    }
    written.addAll(tables);
  }

  private void looked() {
    lastNanos = clock.nanos();
    written.clear();
  }
}
