/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;

/**
 * Which columns of its tables a subscription filled. PostgreSQL numbers a table's columns, and
 * never gives a number twice: a column that others drop and add again, or another that takes its
 * name, is written as if nothing had been, but the rows from before do not hold its values. No row
 * is rewritten then, so that {@link TableFiles} does not see it.
 */
final class TableColumns {
  private final Session session;
  private final String subscription;

  TableColumns(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /** The tables whose columns are others by now, or were not known. */
  Map<TableId, ColumnChange> changes(Predicate<TableId> owned) throws SQLException {
    Map<TableId, ColumnChange> changes = new TreeMap<>();
    session.each(
        TableColumnsSql.CHANGED,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          if (owned.test(table)) {
            changes.put(
                table,
                new ColumnChange(
                    List.of((String[]) row.getArray(3).getArray()),
                    row.getBoolean(4),
                    row.getBoolean(5),
                    row.getBoolean(6)));
          }
        },
        subscription);
    return changes;
  }

  /** Takes the columns that there are now for those that the subscription fills. */
  void refresh(Collection<TableId> tables) throws SQLException {
    if (!tables.isEmpty()) {
      session.update(
          TableColumnsSql.REFRESH,
          HeldTables.schemas(tables),
          HeldTables.names(tables),
          subscription);
    }
  }
}
