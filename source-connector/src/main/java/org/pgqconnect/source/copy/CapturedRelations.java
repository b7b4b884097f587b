/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;

/**
 * Which relations a queue captures under the names of its tables. Tables may exchange names while
 * they are copied: a copy reads the relation that is captured, not the one that bears its name. Not
 * thread safe.
 */
final class CapturedRelations {
  private final Session session;
  private final String queue;

  CapturedRelations(Session session, String queue) {
    this.session = requireNonNull(session, "session");
    this.queue = requireNonNull(queue, "queue");
  }

  /**
   * The oid of the relation that is captured under a name.
   *
   * @return empty when the name means another relation now, or none
   */
  Optional<Long> of(TableId table) throws SQLException {
    return session.first(
        CopySql.CAPTURED_RELATION, row -> row.getLong(1), queue, table.schema(), table.table());
  }

  /** The name that a table has now which is captured under another one. */
  Optional<TableId> nameNow(TableId table) throws SQLException {
    return session.first(
        CopySql.NAMES_NOW,
        row -> new TableId(row.getString(1), row.getString(2)),
        queue,
        table.schema(),
        table.table());
  }
}
