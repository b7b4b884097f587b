/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.statements.ApplySql;
import org.pgqconnect.sink.statements.SettleSql;
import org.pgqconnect.sink.target.PartRows;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.sink.write.LateRules.LateRule;

/** The statements of {@link RowsInTheWay}. */
final class RowsInTheWaySql {
  private static final String ROW = quote("pgq-connect row");

  static final String GENERATED =
      """
      SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ? AND c.relname = ? AND a.attgenerated <> ''\
      """;

  /** Do foreign keys refer to the table? */
  static final String IS_REFERRED =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
                       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                       JOIN pg_catalog.pg_constraint f ON f.confrelid = c.oid
                         OR f.confrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p)
                      WHERE n.nspname = ? AND c.relname = ? AND f.contype = 'f')\
      """;

  private RowsInTheWaySql() {}

  /**
   * The keys of rows that clash with one that comes, and do not come themselves.
   *
   * @param ruled those that the rule is about
   * @param generated the expressions of generated columns
   */
  static String find(
      LateRule rule,
      PartRows ruled,
      TargetTable target,
      List<String> key,
      List<List<TargetColumn>> layouts,
      String netRows,
      Map<String, String> generated) {
    String coming =
        "SELECT %s FROM (SELECT ROW(%s)::%s AS %s FROM (SELECT %s FROM net1 n LEFT JOIN %s AS t ON %s WHERE n.%s > 0) g) \"pgq_connect rows\" CROSS JOIN LATERAL unnest(ARRAY[\"pgq_connect rows\".%4$s]) AS %9$s%10$s"
            .formatted(
                LateRulesSql.values(rule),
                target.columns().values().stream()
                    .map(
                        c ->
                            c.generated()
                                ? "(" + generated.get(c.name()) + ")"
                                : "g." + quote(c.name()))
                    .collect(joining(", ")),
                quote(target.id()),
                ROW,
                target.columns().values().stream()
                    .filter(c -> !c.generated())
                    .map(c -> after(c, key, layouts) + " AS " + quote(c.name()))
                    .collect(joining(", ")),
                target.onlyItself(),
                ApplySql.sameKey(target, key),
                SettleSql.KIND,
                quote(rule.table().table()),
                LateRulesSql.where(ruled.bounds(), rule.predicate()));
    return "WITH %s, coming AS MATERIALIZED (%s) SELECT DISTINCT %s FROM coming o JOIN (SELECT *, %s FROM %s%s) t ON %s WHERE NOT EXISTS (SELECT FROM net1 n WHERE %s)"
        .formatted(
            SettleSql.net(1, netRows, target, key),
            coming,
            key.stream().map(c -> "t." + quote(c) + "::text").collect(joining(", ")),
            LateRulesSql.values(rule),
            ruled.from(),
            LateRulesSql.where(ruled.condition(), rule.predicate()),
            LateRulesSql.clashes(rule),
            ApplySql.sameKey(target, key));
  }

  /** What a row's column holds when the row is written. */
  private static String after(
      TargetColumn column, List<String> key, List<List<TargetColumn>> layouts) {
    List<String> with = new ArrayList<>();
    for (int i = 0; i < layouts.size(); i++) {
      if (layouts.get(i).contains(column)) {
        with.add(Integer.toString(i + 1));
      }
    }
    String held = "t." + quote(column.name());
    if (with.isEmpty()) {
      return held;
    }
    String sent = SettleSql.sent(column, key);
    return with.size() == layouts.size()
        ? sent
        : "CASE WHEN n.%s IN (%s) THEN %s ELSE %s END"
            .formatted(SettleSql.KIND, String.join(", ", with), sent, held);
  }

  /** Those of the keys that the copy has not brought. */
  static String notBrought(TargetTable target, List<String> key) {
    return "WITH %s SELECT %s FROM (%s) t WHERE NOT EXISTS (SELECT FROM net1 n WHERE n.%s = 1 AND %s)"
        .formatted(
            CopiedKeysSql.last(target, key),
            texts(key, "t."),
            keys(target, key),
            SettleSql.KIND,
            ApplySql.sameKey(target, key));
  }

  /**
   * Common table expressions that delete rows, and keep those of their columns that only the
   * subscriber has.
   */
  static List<String> setAside(
      int number, TargetTable target, List<String> key, List<TargetColumn> own) {
    List<String> parts = new ArrayList<>();
    parts.add(
        "aside%d AS (DELETE FROM %s AS t USING (%s) n WHERE %s RETURNING t.*)"
            .formatted(
                number, target.onlyItself(), keys(target, key), ApplySql.sameKey(target, key)));
    if (!own.isEmpty()) {
      parts.add(
          """
          kept%1$d AS (
            INSERT INTO pgq_connect.copied_key (subscription, table_schema, table_name, held, key_columns, keys, own)
            SELECT ?, ?, ?, false, ?, ARRAY[%2$s], pg_catalog.jsonb_object(?, ARRAY[%3$s]) FROM aside%1$d)\
          """
              .formatted(
                  number,
                  key.stream().map(c -> quote(c) + "::text").collect(joining(", ")),
                  own.stream().map(c -> quote(c.name()) + "::text").collect(joining(", "))));
    }
    return parts;
  }

  /** Gives rows NULL in a column. */
  static String park(TargetTable target, List<String> key, String column) {
    return "UPDATE %s AS t SET %s = NULL FROM (%s) n WHERE %s"
        .formatted(
            target.onlyItself(), quote(column), keys(target, key), ApplySql.sameKey(target, key));
  }

  /** Gives rows that were set aside and have come what only the subscriber has of them. */
  static String restore(TargetTable target, List<String> key, List<TargetColumn> own) {
    return """
    WITH aside AS MATERIALIZED (%s),
         back AS (UPDATE %s AS t SET %s FROM aside n WHERE %s RETURNING n.%s)
    DELETE FROM pgq_connect.copied_key r USING back
     WHERE r.subscription = ? AND r.table_schema = ? AND r.table_name = ? AND r.part = back.%5$s\
    """
        .formatted(
            CopiedKeysSql.aside(key.stream().map(target.columns()::get).toList()),
            target.onlyItself(),
            own.stream().map(RowsInTheWaySql::restored).collect(joining(", ")),
            ApplySql.sameKey(target, key),
            SettleSql.PART);
  }

  private static String restored(TargetColumn column) {
    String name = Identifiers.literal(column.name());
    return "%1$s = CASE WHEN pg_catalog.jsonb_exists(n.%2$s, %3$s) THEN (n.%2$s ->> %3$s)::%4$s ELSE t.%1$s END"
        .formatted(quote(column.name()), CopiedKeysSql.OWN, name, column.type());
  }

  private static String texts(List<String> key, String row) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      names.add(row + quote("pgq-connect " + (i + 1)));
    }
    return String.join(", ", names);
  }

  /** Keys that were read as texts. */
  static String keys(TargetTable target, List<String> key) {
    List<String> values = new ArrayList<>();
    for (String name : key) {
      TargetColumn column = target.columns().get(name);
      values.add(
          "v.%s::%s AS %s"
              .formatted(quote("pgq-connect " + (values.size() + 1)), column.type(), quote(name)));
    }
    return "SELECT v.*, %s FROM unnest(%s) AS v(%s)"
        .formatted(
            String.join(", ", values),
            key.stream().map(c -> "?::text[]").collect(joining(", ")),
            texts(key, ""));
  }
}
