/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;

/**
 * How a statement reads the rows of one table, which may be a partition: by its name; or, where the
 * role has rights on the partitioned table only, those rows of that one which are in the partition.
 *
 * @param table whose rows these are
 * @param from the table for FROM, under the name of {@code table}; it gives columns and {@code
 *     ctid} and {@code tableoid}
 * @param condition which of the rows; null for all
 * @param bounds which rows the partition takes; null when it is none
 * @param remedy the statements by which the role can read the rows; null when it can
 * @param hidden policies hide rows from the role
 */
public record PartRows(
    TableId table, String from, String condition, String bounds, String remedy, boolean hidden) {

  /** Those of a table that the role can read. */
  public static PartRows of(TargetTable table) {
    return new PartRows(table.id(), table.onlyItself(), null, null, null, false);
  }

  /** By the catalog. */
  public static PartRows of(Session session, TableId table) throws SQLException {
    return session
        .first(CatalogSql.PART_ROWS, row -> of(table, row), table.schema(), table.table())
        .orElseGet(() -> new PartRows(table, quote(table), null, null, null, false));
  }

  private static PartRows of(TableId table, ResultSet row) throws SQLException {
    String bounds = text(row, 4);
    String readable = row.getString(1);
    TableId read = readable == null ? table : new TableId(readable, row.getString(2));
    boolean partitioned = row.getBoolean(readable == null ? 5 : 3);
    boolean byName = read.equals(table);
    return new PartRows(
        table,
        TargetTable.onlyItself(read, partitioned) + (byName ? "" : " AS " + quote(table.table())),
        byName ? null : inPartition(text(row, 6), bounds),
        bounds,
        readable == null ? remedy(table, row) : null,
        readable == null && row.getBoolean(9));
  }

  /** By what the planner leaves other partitions out; the only one that takes all rows has none. */
  private static String inPartition(String leaves, String bounds) {
    String condition = "tableoid = ANY (" + leaves + ")";
    return bounds == null ? condition : condition + " AND " + bounds;
  }

  private static String text(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    return text == null ? null : SqlText.withoutParameters(text);
  }

  private static String remedy(TableId table, ResultSet row) throws SQLException {
    String role = quote(row.getString(10));
    List<String> statements = new ArrayList<>();
    if (!row.getBoolean(7)) {
      statements.add("GRANT USAGE ON SCHEMA %s TO %s;".formatted(quote(table.schema()), role));
    }
    if (!row.getBoolean(8)) {
      statements.add("GRANT SELECT ON %s TO %s;".formatted(quote(table), role));
    }
    if (row.getBoolean(9)) {
      statements.add("ALTER ROLE %s BYPASSRLS;".formatted(role));
    }
    return String.join(" ", statements);
  }

  /** The rows as FROM takes them where it says {@code AS} and a name behind them. */
  public String asSource() {
    return condition == null ? from : "(SELECT * FROM %s WHERE %s)".formatted(from, condition);
  }

  /** What to run so that the role can read the rows; nothing when it can. */
  public Optional<String> unreadable() {
    return Optional.ofNullable(remedy);
  }

  /**
   * Runs something that reads the rows.
   *
   * @throws ApplyException when the role cannot read them
   */
  public <T> T read(Session.Work<T> work) throws SQLException {
    if (hidden) {
      throw cannotRead();
    }
    try {
      return work.run();
    } catch (SQLException e) {
      // The catalog does not say it for each column.
      if (remedy != null && SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw cannotRead();
      }
      throw e;
    }
  }

  private ApplyException cannotRead() {
    return new ApplyException(TableCheck.unreadable(table, remedy));
  }
}
