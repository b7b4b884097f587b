/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.write.NetRows;
import org.pgqconnect.sink.write.Origin;
import org.pgqconnect.sink.write.TableWriter;

/**
 * Rows of a table that waits for its copy are not those of the provider: there they may refer to
 * other rows by now. What a foreign key does to them when a row is deleted would go on to tables
 * that are in step, whose rows nothing brings back. So they are waited for, as rows are that a
 * foreign key without an action holds.
 */
final class StaleReferrers {
  private final Connection connection;

  StaleReferrers(Connection connection) {
    this.connection = connection;
  }

  /**
   * How a table refers.
   *
   * @param table as {@link TargetTable#onlyItself} names it
   * @param refers the condition that its row {@code r} refers to {@code t}
   */
  record Reference(String table, String refers) {}

  /**
   * @param rows those that are to be written
   * @param all those of all tables that are written
   * @param stale the tables whose rows are not the provider's
   * @throws ApplyException when one of their rows refers to a row that is to be deleted
   */
  void require(
      NetRows rows, Map<TableId, ? extends NetRows> all, Set<TableId> stale, Origin context)
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

  private boolean refer(Cascade cascade, NetRows rows, NetRows own) throws SQLException {
    Optional<Reference> reference = reference(cascade);
    if (reference.isEmpty()) {
      return false;
    }
    List<String> arrays = new ArrayList<>(rows.arrays());
    if (own != null) {
      arrays.addAll(own.arrays());
    }
    return maybe(
        StaleReferrersSql.refer(rows, reference.get(), own),
        query -> {
          for (int i = 0; i < arrays.size(); i++) {
            query.setObject(i + 1, arrays.get(i), Types.OTHER);
          }
        });
  }

  /** Would deleting what a repeated copy did not bring reach rows that are not the provider's? */
  boolean holdUnswept(TableWriter writer, Set<TableId> stale, String subscription)
      throws SQLException {
    TargetTable target = writer.target();
    for (Cascade cascade : target.cascades()) {
      if (!cascade.reachesOthers() || cascade.among(stale).isEmpty()) {
        continue;
      }
      Optional<Reference> reference = reference(cascade);
      readAll();
      if (reference.isPresent()
          && maybe(
              StaleReferrersSql.referToUnswept(target, writer.key(), reference.get()),
              query -> {
                query.setString(1, subscription);
                query.setString(2, target.id().schema());
                query.setString(3, target.id().table());
              })) {
        return true;
      }
    }
    return false;
  }

  /** Nothing when the foreign key is gone by now. */
  private Optional<Reference> reference(Cascade cascade) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(StaleReferrersSql.REFERENCE)) {
      query.setString(1, cascade.child().schema());
      query.setString(2, cascade.child().table());
      query.setString(3, cascade.constraint());
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Reference(row.getString(1), SqlText.withoutParameters(row.getString(2))))
            : Optional.empty();
      }
    }
  }

  private void readAll() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(CopiedKeysSql.READ_ALL);
    }
  }

  /** Also true when the role may not look. */
  private boolean maybe(String sql, Binder binder) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      binder.bind(query);
      boolean holds;
      try (ResultSet row = query.executeQuery()) {
        holds = row.next() && row.getBoolean(1);
      }
      connection.releaseSavepoint(before);
      return holds;
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
      connection.rollback(before);
      return true;
    }
  }

  private interface Binder {
    void bind(PreparedStatement query) throws SQLException;
  }
}
