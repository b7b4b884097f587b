/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

/** The statements of {@link HeldTables}, and what that of {@link PositionStore} asks of tables. */
final class HeldTablesSql {
  private static final String IS_REPLACED =
      "t.table_oid IS NOT NULL AND t.table_oid IS DISTINCT FROM"
          + " to_regclass(pg_catalog.format('%I.%I', t.table_schema, t.table_name))::oid";

  /** Of the tables that were written: those that were replaced, those that another one holds. */
  static final String PROBLEMS =
      """
      WITH written AS (SELECT s, n FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (s, n)),
           replaced AS (SELECT t.table_schema, t.table_name
                          FROM pgq_connect.subscribed_table t JOIN written ON table_schema = s AND table_name = n
                         WHERE t.subscription = ? AND %s),
           taken AS (SELECT t.table_schema, t.table_name, t.subscription
                       FROM pgq_connect.subscribed_table t JOIN written ON table_schema = s AND table_name = n
                      WHERE t.subscription <> ? AND t.state <> 'expecting-copy'),
           other AS (SELECT %f AS file, %c AS columns
                       FROM pgq_connect.subscribed_table t JOIN written ON table_schema = s AND table_name = n
                      WHERE t.subscription = ?),
           filled AS (SELECT t.table_schema, t.table_name
                        FROM pgq_connect.subscribed_table t JOIN written ON table_schema = s AND table_name = n
                       WHERE t.subscription = ? AND NOT t.holds_rows)
      """
          .replace("%s", IS_REPLACED)
          .replace("%f", TableFilesSql.IS_IN_ANOTHER_FILE)
          .replace("%c", TableColumnsSql.ARE_OTHERS);

  static final String RETURNING =
      """

      RETURNING (SELECT pg_catalog.array_agg(table_schema || '.' || table_name ORDER BY table_schema, table_name)
                   FROM replaced),
                (SELECT pg_catalog.array_agg(table_schema || '.' || table_name ORDER BY table_schema, table_name)
                   FROM taken),
                (SELECT pg_catalog.min(subscription) FROM taken),
                (SELECT pg_catalog.bool_or(file) FROM other), (SELECT pg_catalog.bool_or(columns) FROM other),
                (SELECT pg_catalog.array_agg(table_schema || '.' || table_name) FROM filled)\
      """;

  /**
   * Tables that share rows with one that another subscription holds: one is a partition of the
   * other. Upwards only, for partitions that are looked for are locked.
   */
  static final String SHARED =
      """
      WITH written AS (
             SELECT w.s, w.n, c.oid
               FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (s, n)
               JOIN pg_catalog.pg_namespace h ON h.nspname = w.s
               JOIN pg_catalog.pg_class c ON c.relnamespace = h.oid AND c.relname = w.n AND (c.relispartition OR c.relkind = 'p')),
           others AS (
             SELECT subscription, table_schema, table_name, table_oid FROM pgq_connect.subscribed_table
              WHERE subscription <> ? AND state <> 'expecting-copy' AND table_oid IS NOT NULL)
      SELECT w.s, w.n, o.subscription, o.table_schema, o.table_name
        FROM written w CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(w.oid) a
        JOIN others o ON o.table_oid = a.relid AND o.table_oid <> w.oid
      UNION ALL
      SELECT w.s, w.n, o.subscription, o.table_schema, o.table_name
        FROM others o CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(o.table_oid) a
        JOIN written w ON w.oid = a.relid AND w.oid <> o.table_oid
       ORDER BY 1, 2, 3 LIMIT 1\
      """;

  static final String REPLACED_TABLES =
      """
      SELECT t.table_schema, t.table_name
        FROM pgq_connect.subscribed_table t
       WHERE t.subscription = ? AND t.state <> 'expecting-copy' AND %s
       ORDER BY 1, 2\
      """
          .replace("%s", IS_REPLACED);

  private HeldTablesSql() {}
}
