/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Cascade;

/** How rows of the subscriber's tables refer to each other. */
final class ForeignKeyReferences {
  private final Session session;

  ForeignKeyReferences(Session session) {
    this.session = session;
  }

  /**
   * How a table refers.
   *
   * @param table as {@link TargetTable#onlyItself} names it
   * @param refers the condition that its row {@code r} refers to {@code t}
   * @param columns those of {@code r}
   */
  record Reference(String table, String refers, List<String> columns) {}

  /** Nothing when the foreign key is gone by now. */
  Optional<Reference> of(Cascade cascade) throws SQLException {
    return session.first(
        ForeignKeyReferencesSql.REFERENCE,
        row ->
            new Reference(
                row.getString(1),
                SqlText.withoutParameters(row.getString(2)),
                List.of((String[]) row.getArray(3).getArray())),
        cascade.child().schema(),
        cascade.child().table(),
        cascade.constraint());
  }
}
