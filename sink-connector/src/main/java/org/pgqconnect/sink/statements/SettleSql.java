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
import java.util.regex.Pattern;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Rule;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * The statement of {@code write.Settlement}: for each table the rows that a batch amounts to, what
 * is deleted of it, what is updated, what is inserted. All of it sees the tables as they were
 * before; foreign keys are checked when all of it is done.
 *
 * <p>A row whose value in a further unique or exclusion constraint changes is deleted and inserted
 * again, with the columns that only the subscriber has. No INSERT or UPDATE of a table begins
 * before its deletes are done: it asks for their number.
 */
public final class SettleSql {
  /** 0 for a row to delete, else the number of the layout in which it is written. */
  public static final String KIND = quote("pgq-connect kind");

  /** Of two rows with one key the one of the later part counts. */
  public static final String PART = quote("pgq-connect part");

  /** 1 for a change whose row must be there, unless earlier parts put it there. */
  static final String EXPECTED = quote("pgq-connect expected");

  public static final String ALLOW_HASHING =
      "SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_seqscan', 'on', true)";

  public static final String ALL_ROWS = "";

  private SettleSql() {}

  /** Rows that a statement gets as arrays. */
  static String rowsOfArrays(List<TargetColumn> columns, List<String> key) {
    return "SELECT v.%1$s, v.%2$s, 0 AS %3$s, %4$s FROM unnest(?::int4[], ?::int4[], %5$s) AS v(%1$s, %2$s, %6$s)"
        .formatted(
            KIND,
            EXPECTED,
            PART,
            columns.stream()
                .map(
                    c ->
                        (staysText(c, key) ? "v." + quote(c.name()) : ApplySql.value(c))
                            + " AS "
                            + quote(c.name()))
                .collect(joining(", ")),
            columns.stream()
                .map(c -> staysText(c, key) ? "?::text[]" : ApplySql.arrays(List.of(c)))
                .collect(joining(", ")),
            ApplySql.names(columns));
  }

  /** A domain may refuse NULL, which stands for what a row does not carry. */
  private static boolean staysText(TargetColumn column, List<String> key) {
    return !column.type().equals(column.baseType()) && !key.contains(column.name());
  }

  public static String sent(TargetColumn column, List<String> key) {
    return "n."
        + quote(column.name())
        + (staysText(column, key) ? "::" + column.elementType() : "");
  }

  /** Rows that were put into a table of the session. */
  static String rowsOfStage(String stage) {
    return "SELECT * FROM " + stage;
  }

  /**
   * @param sent names of further columns, of text
   */
  static String createStage(
      String stage, TargetTable target, List<TargetColumn> columns, List<String> sent) {
    return "CREATE TEMP TABLE %s ON COMMIT DROP AS SELECT 0 AS %s, 0 AS %s, 0 AS %s, %s%s FROM %s WITH NO DATA"
        .formatted(
            stage,
            KIND,
            EXPECTED,
            PART,
            ApplySql.names(columns),
            sent.stream().map(", NULL::pg_catalog.text AS %s"::formatted).collect(joining()),
            quote(target.id()));
  }

  static String copyIntoStage(String stage, List<TargetColumn> columns, List<String> sent) {
    return "COPY %s (%s, %s, %s, %s%s) FROM STDIN"
        .formatted(
            stage,
            KIND,
            EXPECTED,
            PART,
            ApplySql.names(columns),
            sent.stream().map(", "::concat).collect(joining()));
  }

  /**
   * Of the net rows of a stage those of a layout: their keys and what was sent in some columns.
   *
   * @param sent names of the latter
   */
  static String sentOfStage(
      String stage, TargetTable target, List<String> key, int layout, List<String> sent) {
    return "WITH %s SELECT %s, %s FROM net1 WHERE %s = %d"
        .formatted(
            net(1, rowsOfStage(stage), target, key),
            ApplySql.names(key.stream().map(target.columns()::get).toList()),
            String.join(", ", sent),
            KIND,
            layout);
  }

  static String emptyStage(String stage) {
    return "TRUNCATE " + stage;
  }

  /** Gives the rows of a layout one value in a column that they were put there without. */
  static String fillStage(String stage, TargetColumn column) {
    return "UPDATE %s SET %s = ?::text::%s WHERE %s = ?"
        .formatted(stage, quote(column.name()), column.elementType(), KIND);
  }

  /** {@code net3 AS (...)}: one row per key. */
  public static String net(int number, String rows, TargetTable target, List<String> key) {
    return "net%d AS MATERIALIZED (SELECT DISTINCT ON (%3$s) * FROM (%2$s) r ORDER BY %3$s, %4$s DESC, %5$s DESC)"
        .formatted(number, rows, ApplySql.inKeyOrder(target, key), PART, KIND);
  }

  /**
   * {@code lack3 AS (...)}: the changes whose rows must be there and are not.
   *
   * @param rows the net changes, one a key
   */
  public static String lacking(int number, String rows, TargetTable target, List<String> key) {
    return "lack%d AS MATERIALIZED (SELECT n.%s, %s AS key FROM %s AS n WHERE n.%s = 1 AND NOT EXISTS (SELECT FROM %s AS t WHERE %s))"
        .formatted(
            number,
            KIND,
            ApplySql.describe(key.stream().map(target.columns()::get).toList(), "n"),
            rows,
            EXPECTED,
            target.onlyItself(),
            ApplySql.sameKey(target, key));
  }

  /** Of the rows in a stage those that no earlier part has put there. */
  public static String firstOfStage(String stage, TargetTable target, List<String> key) {
    return "(SELECT * FROM (SELECT s.*, min(s.%1$s) OVER (PARTITION BY %2$s) AS \"pgq-connect first\" FROM %3$s s) s WHERE s.%1$s = s.\"pgq-connect first\")"
        .formatted(PART, ApplySql.inKeyOrder(target, key), stage);
  }

  /**
   * The common table expressions that write one table.
   *
   * @param aside other expressions that delete rows of it
   */
  public static List<String> write(
      int table,
      TargetTable target,
      List<String> key,
      List<List<TargetColumn>> layouts,
      boolean empties,
      boolean moves,
      List<String> aside) {
    return new Writes(table, target, key, layouts, moves).parts(empties, aside);
  }

  /**
   * The expressions of one table.
   *
   * @param table its number
   * @param moves rows whose place in some constraint changes are deleted and inserted again
   */
  private record Writes(
      int table,
      TargetTable target,
      List<String> key,
      List<List<TargetColumn>> layouts,
      boolean moves) {

    List<String> parts(boolean empties, List<String> aside) {
      List<String> parts = new ArrayList<>();
      List<String> deleted = new ArrayList<>(aside);
      parts.add(delete(empties));
      deleted.add("del" + table);
      for (int layout = 1; layout <= layouts.size(); layout++) {
        if (!moved(layout).isEmpty()) {
          parts.add(take(layout));
          deleted.add(name("gone", layout));
        }
      }
      parts.add(count("out" + table, deleted));
      List<String> updated = new ArrayList<>();
      for (int layout = 1; layout <= layouts.size(); layout++) {
        parts.add(update(layout));
        updated.add(name("upd", layout));
      }
      updated.add("del" + table);
      parts.add(count("set" + table, updated));
      for (int layout = 1; layout <= layouts.size(); layout++) {
        parts.add(insert(layout));
        if (!moved(layout).isEmpty()) {
          parts.add(putBack(layout));
        }
      }
      return parts;
    }

    private String name(String what, int layout) {
      return "%s%d_%d".formatted(what, table, layout);
    }

    private List<TargetColumn> sent(int layout) {
      return layouts.get(layout - 1);
    }

    private String sameKey() {
      return ApplySql.sameKey(target, key);
    }

    private String moved(int layout) {
      return moves ? SettleSql.moved(target, key, sent(layout)) : "";
    }

    private String delete(boolean empties) {
      return (empties
              ? "del%1$d AS (DELETE FROM %2$s AS t WHERE NOT EXISTS (SELECT FROM net%1$d n WHERE"
                  + " n.%3$s > 0 AND %4$s) RETURNING 1)"
              : "del%1$d AS (DELETE FROM %2$s AS t USING net%1$d n WHERE n.%3$s = 0 AND %4$s"
                  + " RETURNING 1)")
          .formatted(table, target.onlyItself(), KIND, sameKey());
    }

    private String take(int layout) {
      return "%s AS (DELETE FROM %s AS t USING net%d n WHERE n.%s = %d AND %s AND %s RETURNING %s)"
          .formatted(
              name("gone", layout),
              target.onlyItself(),
              table,
              KIND,
              layout,
              sameKey(),
              moved(layout),
              whole(target, sent(layout)).stream()
                  .map(
                      c ->
                          sent(layout).contains(c)
                              ? SettleSql.sent(c, key) + " AS " + quote(c.name())
                              : "t." + quote(c.name()))
                  .collect(joining(", ")));
    }

    private String update(int layout) {
      List<String> assigned = ApplySql.updated(sent(layout), key);
      if (assigned.isEmpty()) {
        // Rows of an identity that is always generated are as they are to be.
        return "%s AS (SELECT 1 FROM %s AS t, net%d n WHERE n.%s = %d AND %s)"
            .formatted(name("upd", layout), target.onlyItself(), table, KIND, layout, sameKey());
      }
      String moved = moved(layout);
      return "%s AS (UPDATE %s AS t SET %s FROM net%d n WHERE n.%s = %d AND %s%s AND (SELECT n FROM out%4$d) >= 0 RETURNING 1)"
          .formatted(
              name("upd", layout),
              target.onlyItself(),
              finalValues(target, key, assigned),
              table,
              KIND,
              layout,
              sameKey(),
              moved.isEmpty() ? "" : " AND NOT " + moved);
    }

    private String insert(int layout) {
      List<TargetColumn> columns = ApplySql.written(sent(layout));
      return "%s AS (INSERT INTO %s (%s)%s SELECT %s FROM net%d n WHERE n.%s = %d AND NOT EXISTS (SELECT FROM %s AS t WHERE %s) AND %s RETURNING 1)"
          .formatted(
              name("new", layout),
              quote(target.id()),
              ApplySql.names(columns),
              ApplySql.overriding(columns),
              columns.stream().map(c -> SettleSql.sent(c, key)).collect(joining(", ")),
              table,
              KIND,
              layout,
              target.onlyItself(),
              sameKey(),
              othersAreDone());
    }

    private String putBack(int layout) {
      List<TargetColumn> whole = whole(target, ApplySql.written(sent(layout)));
      return "%s AS (INSERT INTO %s (%s)%s SELECT %3$s FROM %s WHERE %s RETURNING 1)"
          .formatted(
              name("back", layout),
              quote(target.id()),
              ApplySql.names(whole),
              ApplySql.overriding(whole),
              name("gone", layout),
              othersAreDone());
    }

    private String othersAreDone() {
      return "(SELECT n FROM out%1$d) + (SELECT n FROM set%1$d) >= 0".formatted(table);
    }
  }

  /**
   * All of it; the result has a row for each table: how many rows were to be written, and were not,
   * how many updates and deletes met no row, the key of one such row, how many rows were to be
   * deleted, and were not; and how many rows were deleted, updated and inserted.
   *
   * @param writes the expressions of {@link #write} of each table
   */
  public static String statement(Collection<String> parts, List<List<String>> writes) {
    List<String> results = new ArrayList<>();
    for (int i = 0; i < writes.size(); i++) {
      results.add(
          """
          SELECT %1$d, (SELECT count(*) FROM net%1$d n WHERE n.%2$s > 0) - (%3$s),
                 count(*) FILTER (WHERE l.%2$s > 0), count(*) FILTER (WHERE l.%2$s = 0), min(l.key),
                 (SELECT count(*) FROM net%1$d n WHERE n.%2$s = 0) - (SELECT count(*) FROM del%1$d),
                 %4$s, %5$s, %6$s FROM lack%1$d l\
          """
              .formatted(
                  i + 1,
                  KIND,
                  counts(writes.get(i), "(upd|new|back).*"),
                  counts(writes.get(i), "\\S* AS \\(DELETE .*"),
                  counts(writes.get(i), "\\S* AS \\(UPDATE .*"),
                  counts(writes.get(i), "\\S* AS \\(INSERT .*")));
    }
    return "WITH "
        + String.join(",\n", parts)
        + "\n"
        + String.join("\nUNION ALL ", results)
        + "\nORDER BY 1";
  }

  /** How many rows the expressions have that look so. */
  private static String counts(List<String> parts, String pattern) {
    Pattern looks = Pattern.compile(pattern, Pattern.DOTALL);
    String sum =
        parts.stream()
            .filter(part -> looks.matcher(part).matches())
            .map(part -> "(SELECT count(*) FROM " + part.substring(0, part.indexOf(' ')) + ")")
            .collect(joining(" + "));
    return sum.isEmpty() ? "0" : sum;
  }

  /**
   * Changes the rows of a layout whose columns will change, before the statement.
   *
   * @param assignment what they get
   * @param which all of these rows, or one
   */
  public static String park(
      TargetTable target,
      List<String> key,
      String net,
      int layout,
      Collection<String> changing,
      String assignment,
      String which) {
    return "WITH %s UPDATE %s AS t SET %s %s"
        .formatted(
            net,
            target.onlyItself(),
            assignment,
            changingFrom(target, key, "FROM net1 n", layout, changing) + which);
  }

  /** After the statement: how many rows are there that were to be deleted, and the key of one. */
  public static String stillThere(
      String net, TargetTable target, List<String> key, boolean empties) {
    String described = ApplySql.describe(key.stream().map(target.columns()::get).toList(), "t");
    String sameKey = ApplySql.sameKey(target, key);
    return empties
        ? "WITH %s SELECT count(*), min(%s) FROM %s AS t WHERE NOT EXISTS (SELECT FROM net1 n WHERE n.%s > 0 AND %s)"
            .formatted(net, described, target.onlyItself(), KIND, sameKey)
        : "WITH %s SELECT count(*), min(%s) FROM %s AS t, net1 n WHERE n.%s = 0 AND %s"
            .formatted(net, described, target.onlyItself(), KIND, sameKey);
  }

  /** The rows of a layout whose columns will change, as {@link #oneRow} takes them. */
  public static String changingRows(
      TargetTable target,
      List<String> key,
      String net,
      int layout,
      Collection<String> changing,
      int limit) {
    return "WITH %s SELECT t.tableoid::pg_catalog.text || ' ' || t.ctid::pg_catalog.text FROM %s AS t, net1 n %s LIMIT %d"
        .formatted(
            net, target.onlyItself(), changingFrom(target, key, "", layout, changing), limit);
  }

  private static String changingFrom(
      TargetTable target, List<String> key, String from, int layout, Collection<String> changing) {
    return "%s WHERE n.%s = %d AND %s AND %s"
        .formatted(
            from, KIND, layout, ApplySql.sameKey(target, key), differs(target, key, changing));
  }

  /**
   * @param row a partition's number and the row's place in it, by the server's own words
   */
  public static String oneRow(String row) {
    int space = row.indexOf(' ');
    return " AND t.tableoid = %s AND t.ctid = '%s'"
        .formatted(row.substring(0, space), row.substring(space + 1));
  }

  /** The values that the columns will have at the end. */
  public static String finalValues(
      TargetTable target, List<String> key, Collection<String> columns) {
    return columns.stream()
        .map(c -> "%s = %s".formatted(quote(c), sent(target.columns().get(c), key)))
        .collect(joining(", "));
  }

  private static String count(String name, List<String> parts) {
    return "%s AS MATERIALIZED (SELECT %s AS n)"
        .formatted(
            name,
            parts.stream()
                .map(part -> "(SELECT count(*) FROM " + part + ")")
                .collect(joining(" + ")));
  }

  /** The columns that are sent, and those that only the subscriber has. */
  private static List<TargetColumn> whole(TargetTable target, List<TargetColumn> sent) {
    List<TargetColumn> columns = new ArrayList<>(ApplySql.written(sent));
    target.columns().values().stream()
        .filter(c -> !c.generated() && !sent.contains(c))
        .forEach(columns::add);
    return columns;
  }

  /** The condition that a row's place in some constraint changes; empty when none can. */
  private static String moved(TargetTable target, List<String> key, List<TargetColumn> sent) {
    List<String> columns = new ArrayList<>();
    for (TargetColumn column : sent) {
      if (!key.contains(column.name())
          && target.contested(key).stream()
              .anyMatch(rule -> rule.whole() || rule.columns().contains(column.name()))) {
        columns.add(column.name());
      }
    }
    return columns.isEmpty() ? "" : differs(target, key, columns);
  }

  /** The columns of a rule that a layout may change. */
  public static List<String> changing(Rule rule, List<String> key, List<TargetColumn> sent) {
    return sent.stream()
        .map(TargetColumn::name)
        .filter(c -> !key.contains(c) && (rule.whole() || rule.columns().contains(c)))
        .toList();
  }

  /**
   * The condition that a row {@code n} gives {@code t} other values in columns. By their bytes, for
   * not every type has an operator; what only looks different does no harm. With the casts, for
   * without them the server compares column by column.
   */
  public static String differs(TargetTable target, List<String> key, Collection<String> columns) {
    return "ROW(%s)::record OPERATOR(pg_catalog.*<>) ROW(%s)::record"
        .formatted(
            columns.stream().map(c -> "t." + quote(c)).collect(joining(", ")),
            columns.stream().map(c -> sent(target.columns().get(c), key)).collect(joining(", ")));
  }
}
