/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;

/**
 * Tables that are copied again while their rows stay. What the copy has not brought when it ends is
 * deleted then.
 */
public final class RepeatedCopies {
  private final Session session;
  private final String subscription;

  public RepeatedCopies(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /** The copies under way. */
  public Set<TableId> load() throws SQLException {
    return new HashSet<>(
        session.list(
            RepeatedCopiesSql.LOAD,
            row -> new TableId(row.getString(1), row.getString(2)),
            subscription));
  }

  /** Stores what differs; the tables' states are stored already. */
  public void save(Set<TableId> before, Set<TableId> after) throws SQLException {
    Set<TableId> tables = new HashSet<>(before);
    tables.addAll(after);
    tables.removeIf(table -> before.contains(table) == after.contains(table));
    if (!tables.isEmpty()) {
      session.updateEach(
          RepeatedCopiesSql.SAVE,
          tables.stream()
              .map(
                  table ->
                      new Object[] {
                        after.contains(table), subscription, table.schema(), table.table()
                      })
              .toList());
    }
  }
}
