/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * The statements of {@link TableWriter}, {@link TableEmptier} and {@link ComputedColumns}. Column
 * values are arrays, one per column.
 */
public final class ApplySql {
  private ApplySql() {}

  private static final String MISSING = quote("pgq-connect missing");

  /** {@code t} is a row that this transaction, or a part of it, has written. */
  private static final String OWN_ROW =
      """
      CASE WHEN age(t.xmin) BETWEEN -1000000 AND 0
           THEN pg_xact_status((pg_current_xact_id()::text::bigint - age(t.xmin))::text::xid8) = 'in progress' END\
      """;

  public static String upsert(TableId table, List<TargetColumn> columns, List<String> key) {
    List<String> updated = updated(columns, key);
    return """
    INSERT INTO %s (%s)%s
    SELECT %s FROM unnest(%s) AS v(%s)
    ON CONFLICT (%s) DO %s\
    """
        .formatted(
            quote(table),
            names(written(columns)),
            overriding(columns),
            values(written(columns)),
            arrays(columns),
            names(columns),
            Identifiers.list(key),
            updated.isEmpty() ? "NOTHING" : "UPDATE SET " + assignments(updated));
  }

  /**
   * The same for rows that must be there already; returns how many rows were written, how many were
   * not there, and the key of one of these.
   *
   * @param tellsNewRows a row that was inserted can be recognized by its system columns
   */
  static String update(
      TargetTable table, List<TargetColumn> columns, List<String> key, boolean tellsNewRows) {
    List<TargetColumn> keyColumns = key.stream().map(table.columns()::get).toList();
    List<String> updated = updated(columns, key);
    String insert =
        """
        INSERT INTO %s (%s)%s
        SELECT %s FROM %s
        ON CONFLICT (%s) DO %s\
        """
            .formatted(
                quote(table.id()),
                names(written(columns)),
                overriding(columns),
                tellsNewRows ? values(written(columns)) : names(written(columns)),
                tellsNewRows
                    ? "unnest(%s) AS v(%s)".formatted(arrays(columns), names(columns))
                    : "v",
                Identifiers.list(key),
                updated.isEmpty() ? "NOTHING" : "UPDATE SET " + assignments(updated));
    return tellsNewRows
        ? """
        WITH w AS (%s RETURNING xmax = 0 AS %s, %s)
        SELECT count(*), count(*) FILTER (WHERE %2$s), min(%4$s) FILTER (WHERE %2$s) FROM w\
        """
            .formatted(insert, MISSING, names(keyColumns), describe(keyColumns, "w"))
        : """
        WITH v(%s) AS MATERIALIZED (SELECT %s FROM unnest(%s) AS v(%1$s)), w AS (%s RETURNING 1)
        SELECT (SELECT count(*) FROM w), count(*), min(%s) FROM v WHERE NOT EXISTS (SELECT FROM %s AS t WHERE %s)\
        """
            .formatted(
                names(columns),
                values(columns),
                arrays(columns),
                insert,
                describe(keyColumns, "v"),
                table.onlyItself(),
                sameKey(keyColumns, "v"));
  }

  /** Deletes rows that must be there; returns what {@link #update} does. */
  static String deleteExpected(TargetTable table, List<TargetColumn> key) {
    return """
    WITH k(%1$s) AS MATERIALIZED (SELECT %2$s FROM unnest(%3$s) AS v(%1$s)),
         d AS (DELETE FROM %4$s AS t USING k WHERE %5$s RETURNING 1)
    SELECT (SELECT count(*) FROM d), count(*), min(%6$s) FROM k
     WHERE (SELECT count(*) FROM d) < (SELECT count(*) FROM k) AND NOT EXISTS (SELECT FROM %4$s AS t WHERE %5$s)\
    """
        .formatted(
            names(key),
            values(key),
            arrays(key),
            table.onlyItself(),
            sameKey(key, "k"),
            describe(key, "k"));
  }

  /** {@code id=5}, as messages name a row. */
  public static String describe(List<TargetColumn> key, String row) {
    return "pg_catalog.concat_ws(', ', %s)"
        .formatted(
            key.stream()
                .map(
                    c ->
                        "%s || %s.%s::text"
                            .formatted(Identifiers.literal(c.name() + "="), row, quote(c.name())))
                .collect(joining(", ")));
  }

  /**
   * The columns that an update of a row writes; one at least where that is possible, so that the
   * server counts it.
   */
  static List<String> updated(List<TargetColumn> columns, List<String> key) {
    List<TargetColumn> writable =
        written(columns).stream().filter(c -> !c.alwaysIdentity()).toList();
    List<String> updated =
        writable.stream()
            .filter(c -> !key.contains(c.name()) || !c.hasOneSpelling())
            .map(TargetColumn::name)
            .toList();
    return updated.isEmpty()
        ? writable.stream().limit(1).map(TargetColumn::name).toList()
        : updated;
  }

  /** Those that take values: a key may have columns that the subscriber computes. */
  static List<TargetColumn> written(List<TargetColumn> columns) {
    return columns.stream().filter(c -> !c.generated()).toList();
  }

  static String overriding(List<TargetColumn> columns) {
    return columns.stream().anyMatch(TargetColumn::identity) ? " OVERRIDING SYSTEM VALUE" : "";
  }

  /** The condition that two rows, {@code t} and {@code n}, have one key. */
  public static String sameKey(TargetTable table, List<String> key) {
    return sameKey(key.stream().map(table.columns()::get).toList(), "n");
  }

  /**
   * {@code t} has an expression's value in a column. The operator is named, for the server would
   * find another one by the search path, as that of text for citext.
   */
  static String equals(TargetColumn column, String value) {
    return "%s %s %s%s"
        .formatted(
            compared(column, "t." + quote(column.name())),
            column.equality(),
            compared(column, value),
            column.collation() == null ? "" : " COLLATE " + column.collation());
  }

  private static String compared(TargetColumn column, String value) {
    return column.comparedAs() == null ? value : "(%s)::%s".formatted(value, column.comparedAs());
  }

  private static String sameKey(List<TargetColumn> key, String other) {
    return key.stream()
        .map(column -> equals(column, other + "." + quote(column.name())))
        .collect(joining(" AND "));
  }

  /** The columns of a key, for DISTINCT and ORDER BY. */
  static String inKeyOrder(TargetTable table, List<String> key) {
    return key.stream()
        .map(table.columns()::get)
        .map(c -> quote(c.name()) + (c.collation() == null ? "" : " COLLATE " + c.collation()))
        .collect(joining(", "));
  }

  static String delete(TargetTable table, List<TargetColumn> key) {
    return """
    DELETE FROM %s AS t USING (SELECT %s FROM unnest(%s) AS v(%s)) AS k(%s)
     WHERE %s\
    """
        .formatted(
            table.onlyItself(),
            values(key),
            arrays(key),
            names(key),
            names(key),
            sameKey(key, "k"));
  }

  /** How many of the rows are there, and the key of one. */
  static String stillThere(TargetTable table, List<TargetColumn> key) {
    return """
    SELECT count(*), min(%s) FROM %s AS t, (SELECT %s FROM unnest(%s) AS v(%s)) AS k(%s)
     WHERE %s\
    """
        .formatted(
            describe(key, "t"),
            table.onlyItself(),
            values(key),
            arrays(key),
            names(key),
            names(key),
            sameKey(key, "k"));
  }

  /** The name of what was sent in a column that the subscriber computes, by its place. */
  static String sent(int column) {
    return quote("sent " + column + " (pgq-connect)");
  }

  private static String sent(int columns, String form) {
    return IntStream.range(0, columns)
        .mapToObj(i -> form.formatted(sent(i)))
        .collect(joining(", "));
  }

  /** Rows of a key and of what was sent, as text, in some computed columns. */
  static String sentRows(List<TargetColumn> key, int computed) {
    return "SELECT %s, %s FROM unnest(%s, %s) AS v(%s, %s)"
        .formatted(
            values(key),
            sent(computed, "v.%s"),
            arrays(key),
            sent(computed, "?::pg_catalog.text[]"),
            names(key),
            sent(computed, "%s"));
  }

  /**
   * How many written rows hold another value than was sent in some column, the key of one, and for
   * each column how many. Values are compared as they are shown, for equal ones may be other
   * values, and some types have no equality.
   *
   * @param sent a query of key and {@link #sent} columns
   * @param isWritten the statement writes rows that are there already
   */
  static String computedOtherwise(
      TargetTable table,
      List<String> key,
      List<TargetColumn> computed,
      String sent,
      boolean isWritten) {
    List<TargetColumn> keyColumns = key.stream().map(table.columns()::get).toList();
    List<String> differs = new ArrayList<>();
    for (int i = 0; i < computed.size(); i++) {
      differs.add(differs(computed.get(i), i, key, isWritten));
    }
    return "SELECT count(*), min(%s), %s FROM (%s) AS n(%s, %s) LEFT JOIN %s AS t ON %s WHERE %s"
        .formatted(
            describe(keyColumns, "n"),
            differs.stream().map("count(*) FILTER (WHERE %s)"::formatted).collect(joining(", ")),
            sent,
            names(keyColumns),
            sent(computed.size(), "%s"),
            table.onlyItself(),
            sameKey(keyColumns, "n"),
            String.join(" OR ", differs));
  }

  /** A row whose key is computed otherwise is elsewhere, and another one may have its place. */
  private static String differs(
      TargetColumn column, int place, List<String> key, boolean isWritten) {
    String other =
        "ROW(t.%s)::pg_catalog.text IS DISTINCT FROM ROW(n.%s::%s)::pg_catalog.text"
            .formatted(quote(column.name()), sent(place), column.baseType());
    if (!key.contains(column.name())) {
      return "t.tableoid IS NOT NULL AND " + other;
    }
    return "(t.tableoid IS NULL OR %s%s)"
        .formatted(other, isWritten ? " OR (%s) IS NOT TRUE".formatted(OWN_ROW) : "");
  }

  static String copy(TableId table, List<TargetColumn> columns) {
    return "COPY %s (%s) FROM STDIN".formatted(quote(table), names(columns));
  }

  static String truncate(Collection<String> tables) {
    return "TRUNCATE " + String.join(", ", tables);
  }

  static String deleteAll(String table) {
    return "DELETE FROM " + table;
  }

  static String rowsLeft(TargetTable table, List<String> key) {
    return "SELECT count(*), min(%s) FROM %s AS t"
        .formatted(
            describe(key.stream().map(table.columns()::get).toList(), "t"), table.onlyItself());
  }

  public static String holdsOther(TargetTable table, String column, String value) {
    return "SELECT EXISTS (SELECT FROM %s AS t WHERE t.%s::text IS DISTINCT FROM (%s)::text)"
        .formatted(table.onlyItself(), quote(column), value);
  }

  /** Sets a column of the rows that this transaction, or a part of it, has written. */
  public static String fillOwn(TargetTable table, String column, String value) {
    return """
    UPDATE %1$s AS t SET %2$s = %3$s
     WHERE t.%2$s::text IS DISTINCT FROM (%3$s)::text
       AND %4$s\
    """
        .formatted(table.onlyItself(), quote(column), value, OWN_ROW);
  }

  public static String holdsValue(TargetTable table, String column) {
    return "SELECT EXISTS (SELECT FROM %s AS t WHERE t.%s IS NOT NULL)"
        .formatted(table.onlyItself(), quote(column));
  }

  public static String names(List<TargetColumn> columns) {
    return columns.stream().map(c -> quote(c.name())).collect(joining(", "));
  }

  public static String arrays(List<TargetColumn> columns) {
    return columns.stream()
        .map(c -> c.bindsAsText() ? "?::pg_catalog.text[]" : "?::" + c.elementType() + "[]")
        .collect(joining(", "));
  }

  private static String values(List<TargetColumn> columns) {
    return columns.stream().map(ApplySql::value).collect(joining(", "));
  }

  /** An element of the column's array. */
  public static String value(TargetColumn c) {
    return c.bindsAsText()
        ? "v.%s::%s".formatted(quote(c.name()), c.elementType())
        : "v." + quote(c.name());
  }

  private static String assignments(List<String> columns) {
    return columns.stream()
        .map(name -> "%1$s = excluded.%1$s".formatted(quote(name)))
        .collect(joining(", "));
  }
}
