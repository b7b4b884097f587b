/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink.apply;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.sink.apply.TargetTable.TargetColumn;

/** The statements of {@link CopiedKeys}. */
final class CopiedKeysSql {
  static final String ADD =
      """
      INSERT INTO pgq_connect.copied_key (subscription, table_schema, table_name, held, key_columns, keys)
      VALUES (?, ?, ?, ?, ?, ?)""";

  static final String FORGET =
      """
      DELETE FROM pgq_connect.copied_key WHERE subscription = ? AND table_schema = ? AND table_name = ?""";

  static final String HAS_OTHER_KEY =
      """
      SELECT EXISTS (SELECT FROM pgq_connect.copied_key
                      WHERE subscription = ? AND table_schema = ? AND table_name = ? AND key_columns <> ?)""";

  /** All of a table is read. */
  static final String READ_ALL =
      """
      SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true),
             set_config('enable_mergejoin', 'on', true), set_config('enable_nestloop', 'off', true)""";

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

  /**
   * Deletes rows that the copy has not brought so far and that are in the way of rows to be
   * written.
   *
   * @param columns those that are equal then
   */
  static String clearWay(NetRows rows, int layout, List<String> columns) {
    TargetTable target = rows.target();
    List<String> key = rows.key();
    return "WITH %1$s, %2$s DELETE FROM %3$s AS t USING net2 n WHERE n.%4$s = %5$d AND %6$s AND NOT (%7$s)"
            .formatted(
                last(target, key),
                SettleSql.net(2, rows.sql(), target, key),
                target.onlyItself(),
                SettleSql.KIND,
                layout,
                columns.stream()
                    .map(target.columns()::get)
                    .map(c -> ApplySql.equals(c, SettleSql.sent(c, key)))
                    .collect(joining(" AND ")),
                ApplySql.sameKey(target, key))
        + " AND NOT EXISTS (SELECT FROM net1 n WHERE n.%1$s = 1 AND %2$s) AND NOT EXISTS (SELECT FROM net2 n WHERE %2$s)"
            .formatted(SettleSql.KIND, ApplySql.sameKey(target, key));
  }

  private static String last(TargetTable target, List<String> key) {
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
         WHERE r.subscription = ? AND r.table_schema = ? AND r.table_name = ?"""
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
