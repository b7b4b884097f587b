/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.HeldRows;
import org.pgqconnect.sink.target.PartRows;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Cascade;

/**
 * Rows of a table that waits for its copy are not those of the provider: there they may refer to
 * other rows by now. What a foreign key does to them when a row is deleted would continue to tables
 * that are in step, whose rows nothing brings back. So they are waited for, as rows are that a
 * foreign key without an action holds.
 */
final class StaleReferrers {
  private final Session session;
  private final HeldRows rows;

  StaleReferrers(Session session) {
    this.session = session;
    this.rows = new HeldRows(session);
  }

  /**
   * How a table refers.
   *
   * @param rows those of the table
   * @param refers the condition that a row {@code r} of them refers to {@code t}
   */
  record Reference(PartRows rows, String refers) {}

  /**
   * @param rows those that are to be written
   * @param all those of all tables that are written
   * @param stale the tables whose rows are not the provider's
   * @throws ApplyException when one of their rows refers to a row that is to be deleted
   */
  void require(
      NetRows rows,
      Map<TableId, ? extends NetRows> all,
      Predicate<TableId> stale,
      MessageContext context)
      throws SQLException {
    for (Cascade cascade : rows.target().cascades()) {
      Optional<TableId> table = cascade.among(stale);
      if (!cascade.reachesOthers() || table.isEmpty()) {
        continue;
      }
      NetRows own = all.get(table.get());
      // What is emptied here is empty there, and so is what refers to it.
      if ((own == null || !own.empties()) && refer(cascade, rows, own)) {
        throw new ApplyException(
            TableCheck.staleReferrer(rows.target(), cascade, table.get(), context.toString())
                + " "
                + context.remedy().resync(table.get()),
            new Clash(SqlState.FOREIGN_KEY_VIOLATION, table.get(), cascade.constraint(), null));
      }
    }
  }

  private boolean refer(Cascade cascade, NetRows going, NetRows own) throws SQLException {
    Optional<Reference> reference = reference(cascade);
    if (reference.isEmpty()) {
      return false;
    }
    List<Object> values = new ArrayList<>(List.of(going.values()));
    if (own != null) {
      values.addAll(List.of(own.values()));
    }
    return reference.get().rows().hidden()
        || rows.maybe(StaleReferrersSql.refer(going, reference.get(), own), values.toArray());
  }

  /** Would deleting what a repeated copy did not bring reach rows that are not the provider's? */
  boolean holdUnswept(TableWriter writer, Predicate<TableId> stale, String subscription)
      throws SQLException {
    TargetTable target = writer.target();
    for (Cascade cascade : target.cascades()) {
      if (!cascade.reachesOthers() || cascade.among(stale).isEmpty()) {
        continue;
      }
      Optional<Reference> reference = reference(cascade);
      session.execute(CopiedKeysSql.READ_ALL);
      if (reference.isPresent()
          && (reference.get().rows().hidden()
              || rows.maybe(
                  StaleReferrersSql.referToUnswept(target, writer.key(), reference.get()),
                  subscription,
                  target.id().schema(),
                  target.id().table()))) {
        return true;
      }
    }
    return false;
  }

  /** Nothing when the foreign key is gone by now. */
  private Optional<Reference> reference(Cascade cascade) throws SQLException {
    PartRows child = PartRows.of(session, cascade.child());
    return session.first(
        StaleReferrersSql.REFERENCE,
        row -> new Reference(child, SqlText.withoutParameters(row.getString(1))),
        cascade.child().schema(),
        cascade.child().table(),
        cascade.constraint());
  }
}
