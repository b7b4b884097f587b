/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

/**
 * The statements of {@link TableColumns}, and what those of {@link PositionStore} say of columns.
 */
final class TableColumnsSql {
  /** Which columns of a table have the names that the provider describes. */
  static String known(String oid, String definition) {
    return """
    (SELECT pg_catalog.jsonb_object_agg(a.attname, a.attnum)
       FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attname::text IN (SELECT d.name FROM pg_catalog.jsonb_to_recordset(%s -> 'columns') d (name text)))\
    """
        .formatted(oid, definition);
  }

  /**
   * Which columns are to have the names that the provider describes now: the same when it has given
   * them other names. A column of the provider is the same as in {@code DefinitionChange}.
   */
  static final String CARRIED =
      """
      (SELECT pg_catalog.jsonb_object_agg(d.name, coalesce((t.table_columns ->> b.name)::int, a.attnum))
         FROM pg_catalog.jsonb_to_recordset(excluded.definition -> 'columns') d (name text, number bigint)
         LEFT JOIN pg_catalog.jsonb_to_recordset(t.definition -> 'columns') b (name text, number bigint)
           ON CASE WHEN d.number > 0 AND b.number > 0 AND d.number >> 16 = b.number >> 16 THEN d.number = b.number ELSE d.name = b.name END
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.table_oid AND a.attname::text = d.name AND NOT a.attisdropped
        WHERE coalesce((t.table_columns ->> b.name)::int, a.attnum) IS NOT NULL)\
      """;

  /** What the subscriber computes has lost nothing. */
  private static final String DIFFERS = "a.attnum <> k.value::int AND a.attgenerated = ''";

  /** The condition that a name belongs to another column. */
  static final String ARE_OTHERS =
      """
      EXISTS (SELECT FROM pg_catalog.jsonb_each_text(t.table_columns) k
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = t.table_oid AND a.attname = k.key AND NOT a.attisdropped
                    WHERE %s)\
      """
          .formatted(DIFFERS);

  /**
   * Tables whose columns differ from those that are stored, or of which some are not stored yet.
   */
  static final String CHANGED =
      """
      SELECT t.table_schema, t.table_name, l.moved, l.missing, coalesce(t.holds_rows, true), t.state <> 'ok'
        FROM pgq_connect.subscribed_table t
       CROSS JOIN LATERAL (
             SELECT coalesce(pg_catalog.array_agg(k.key ORDER BY k.key) FILTER (WHERE %s), '{}') AS moved,
                    coalesce(pg_catalog.bool_or(a.attnum IS NULL), false) AS missing
               FROM pg_catalog.jsonb_each_text(t.table_columns) k
               LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.table_oid AND a.attname = k.key AND NOT a.attisdropped) l
       WHERE t.subscription = ? AND t.table_oid IS NOT NULL AND t.state <> 'expecting-copy'
         AND t.table_columns IS DISTINCT FROM coalesce(t.table_columns, '{}') || coalesce(%s, '{}')
       ORDER BY 1, 2\
      """
          .formatted(DIFFERS, known("t.table_oid", "t.definition"));

  /** What is missing may come back. */
  static final String REFRESH =
      """
      UPDATE pgq_connect.subscribed_table t
         SET table_columns = coalesce(t.table_columns, '{}') || coalesce(%s, '{}')
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (s, n)
       WHERE t.subscription = ? AND t.table_schema = w.s AND t.table_name = w.n\
      """
          .formatted(known("t.table_oid", "t.definition"));

  private TableColumnsSql() {}
}
