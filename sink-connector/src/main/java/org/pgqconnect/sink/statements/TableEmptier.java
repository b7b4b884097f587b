/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.HeldRows;
import org.pgqconnect.sink.target.TargetTable;

/** Empties tables: by TRUNCATE where that is possible, else by DELETE. */
public final class TableEmptier {
  private final Session session;
  private final HeldRows rows;

  public TableEmptier(Session session) {
    this.session = session;
    this.rows = new HeldRows(session);
  }

  /**
   * @param tables children before the parents that they refer to
   * @throws ApplyException when rows are kept
   */
  public void empty(List<TableWriter> tables) throws SQLException {
    List<TableWriter> filled = new ArrayList<>();
    for (TableWriter table : tables) {
      if (rows.any(table.target().onlyItself())) {
        filled.add(table);
      }
    }
    if (filled.isEmpty() || truncate(filled.stream().map(t -> t.target().onlyItself()).toList())) {
      return;
    }
    for (TableWriter table : filled) {
      session.execute(ApplySql.deleteAll(table.target().onlyItself()));
      if (table.mayLeaveOutRows()) { // Looking reads the whole table.
        session.each(ApplySql.rowsLeft(table.target(), table.key()), table::requireNone);
      }
    }
  }

  /**
   * Empties tables at once, where that can be done without touching others.
   *
   * @param tables as {@link TargetTable#onlyItself} names them
   * @return false when nothing was done
   */
  public boolean truncate(List<String> tables) throws SQLException {
    return tables.isEmpty()
        || session
            .attempt(TableEmptier::isRefused, () -> session.execute(ApplySql.truncate(tables)))
            .isEmpty();
  }

  private static boolean isRefused(SQLException e) {
    return SqlState.is(e, SqlState.FEATURE_NOT_SUPPORTED)
        || SqlState.is(e, SqlState.OBJECT_IN_USE)
        || SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE);
  }
}
