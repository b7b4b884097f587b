/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.sink.statements.ApplySql;
import org.pgqconnect.sink.statements.SettleSql;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/** The statements of {@link CopiedKeys}. */
final class CopiedKeysSql {
  static final String OWN = quote("pgq-connect own");

  static final String ADD =
      """
      INSERT INTO pgq_connect.copied_key (subscription, table_schema, table_name, held, key_columns, keys)
      VALUES (?, ?, ?, ?, ?, ?)\
      """;

  static final String FORGET =
      """
      DELETE FROM pgq_connect.copied_key WHERE subscription = ? AND table_schema = ? AND table_name = ?\
      """;

  static final String FORGET_BROUGHT = FORGET + " AND own IS NULL";

  static final String HAS_OTHER_KEY =
      """
      SELECT EXISTS (SELECT FROM pgq_connect.copied_key
                      WHERE subscription = ? AND table_schema = ? AND table_name = ? AND own IS NULL AND key_columns <> ?)\
      """;

  static final String HAS_ASIDE =
      """
      SELECT EXISTS (SELECT FROM pgq_connect.copied_key
                      WHERE subscription = ? AND table_schema = ? AND table_name = ? AND own IS NOT NULL)\
      """;

  /** All of a table is read. */
  static final String READ_ALL =
      """
      SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true),
             set_config('enable_mergejoin', 'on', true), set_config('enable_nestloop', 'off', true)\
      """;

  private CopiedKeysSql() {}

  /** Is there a key without a row? */
  static String lacksRow(TargetTable target, List<String> key) {
    return "WITH %s SELECT EXISTS (SELECT FROM net1 n WHERE n.%s = 1 AND NOT EXISTS (SELECT FROM %s AS t WHERE %s))"
        .formatted(
            last(target, key), SettleSql.KIND, target.onlyItself(), ApplySql.sameKey(target, key));
  }

  /** Deletes the rows with other keys. */
  static String sweep(TargetTable target, List<String> key) {
    return "WITH %s DELETE FROM %s AS t WHERE NOT EXISTS (SELECT FROM net1 n WHERE n.%s = 1 AND %s)"
        .formatted(
            last(target, key), target.onlyItself(), SettleSql.KIND, ApplySql.sameKey(target, key));
  }

  /** How many rows with other keys there are, and one of these. */
  static String unswept(TargetTable target, List<String> key) {
    return "WITH %s SELECT count(*), min(%s) FROM %s AS t WHERE NOT EXISTS (SELECT FROM net1 n WHERE n.%s = 1 AND %s)"
        .formatted(
            last(target, key),
            ApplySql.describe(key.stream().map(target.columns()::get).toList(), "t"),
            target.onlyItself(),
            SettleSql.KIND,
            ApplySql.sameKey(target, key));
  }

  /** Deletes rows that made place, when their keys are deleted. */
  static String forgetAside(TargetTable target, List<String> key) {
    List<TargetColumn> columns = key.stream().map(target.columns()::get).toList();
    return """
    WITH aside AS MATERIALIZED (%s)
    DELETE FROM pgq_connect.copied_key r
     USING aside t JOIN (SELECT %s FROM unnest(%s) AS v(%s)) AS n ON %s
     WHERE r.subscription = ? AND r.table_schema = ? AND r.table_name = ? AND r.part = t.%s\
    """
        .formatted(
            aside(columns),
            columns.stream()
                .map(c -> ApplySql.value(c) + " AS " + quote(c.name()))
                .collect(joining(", ")),
            ApplySql.arrays(columns),
            ApplySql.names(columns),
            ApplySql.sameKey(target, key),
            SettleSql.PART);
  }

  /** Rows that made place, by their keys. */
  static String aside(List<TargetColumn> key) {
    List<String> values = new ArrayList<>();
    for (TargetColumn column : key) {
      values.add(
          "r.keys[%d]::%s AS %s".formatted(values.size() + 1, column.type(), quote(column.name())));
    }
    return "SELECT r.part AS %s, r.own AS %s, %s FROM pgq_connect.copied_key r"
            .formatted(SettleSql.PART, OWN, String.join(", ", values))
        + " WHERE r.subscription = ? AND r.table_schema = ? AND r.table_name = ? AND r.own IS NOT"
        + " NULL AND r.key_columns = ?";
  }

  static String last(TargetTable target, List<String> key) {
    List<TargetColumn> columns = key.stream().map(target.columns()::get).toList();
    List<String> arrays = new ArrayList<>();
    for (TargetColumn column : columns) {
      arrays.add(
          "r.keys[%d]::%s[]"
              .formatted(
                  arrays.size() + 1,
                  column.bindsAsText() ? "pg_catalog.text" : column.elementType()));
    }
    String rows =
        """
        SELECT r.held::int4 AS %s, r.part AS %s, %s
          FROM pgq_connect.copied_key r CROSS JOIN LATERAL unnest(%s) AS v(%s)
         WHERE r.subscription = ? AND r.table_schema = ? AND r.table_name = ? AND r.own IS NULL\
        """
            .formatted(
                SettleSql.KIND,
                SettleSql.PART,
                columns.stream()
                    .map(c -> ApplySql.value(c) + " AS " + quote(c.name()))
                    .collect(joining(", ")),
                String.join(", ", arrays),
                ApplySql.names(columns));
    return SettleSql.net(1, rows, target, key);
  }
}
