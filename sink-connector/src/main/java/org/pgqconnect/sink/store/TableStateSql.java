/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import org.pgqconnect.postgres.OwnLock;

/** The statements of {@link TableStateStore}. */
final class TableStateSql {
  static final String LOAD_TABLES =
      """
      SELECT table_schema, table_name, state, copy_id, consistent_tick, definition, note
        FROM pgq_connect.subscribed_table WHERE subscription = ?\
      """;

  static final String SAVE_TABLE =
      """
      INSERT INTO pgq_connect.subscribed_table AS t
             (subscription, table_schema, table_name, state, copy_id, consistent_tick, definition, note, table_oid, table_files, table_columns)
      VALUES (?, ?, ?, ?, ?, ?, ?::jsonb, ?, to_regclass(?)::oid, %f, %c)
      ON CONFLICT (subscription, table_schema, table_name) DO UPDATE
         SET (table_oid, table_files, table_columns, holds_rows) =
               (SELECT o.*
                  FROM (VALUES (1, NULL::oid, NULL::jsonb, NULL::jsonb, NULL::boolean, excluded.state = 'expecting-copy'),
                               (2, excluded.table_oid, excluded.table_files, excluded.table_columns, NULL,
                                t.state = 'expecting-copy' OR t.copy_id <> excluded.copy_id OR t.table_oid IS NULL),
                               (3, t.table_oid, t.table_files,
                                CASE WHEN t.definition = excluded.definition THEN t.table_columns ELSE %m END,
                                t.holds_rows, true)) v (place, table_oid, table_files, table_columns, holds_rows, applies)
                 CROSS JOIN LATERAL (SELECT v.table_oid, v.table_files, v.table_columns, v.holds_rows) o
                 WHERE v.applies ORDER BY v.place LIMIT 1),
             state = excluded.state, copy_id = excluded.copy_id, consistent_tick = excluded.consistent_tick,
             definition = excluded.definition, note = excluded.note, updated_at = now()\
      """
          .replace("%f", TableFilesSql.files("to_regclass(?)::oid"))
          .replace("%c", TableColumnsSql.known("to_regclass(?)::oid", "?::jsonb"))
          .replace("%m", TableColumnsSql.CARRIED);

  /** Two subscriptions that take a table over at once see each other. */
  static final String LOCK_TAKING = OwnLock.TAKE_TABLE.take();

  static final String ARE_CONFIRMED =
      """
      SELECT ?::text[] <@ confirmed_triggers FROM pgq_connect.subscribed_table
       WHERE subscription = ? AND table_schema = ? AND table_name = ?\
      """;

  /**
   * The clocks are those of two databases, which an hour is to allow for. The table is looked up by
   * its names: {@code to_regclass} fails where the role cannot use the schema.
   */
  static final String MARKED =
      """
      SELECT coalesce(s.created_at - ?::timestamptz > interval '1 hour', true),
             CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
             pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
             AND NOT pg_catalog.row_security_active(c.oid)
        FROM pgq_connect.subscription s
        LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)
          ON n.nspname = ? AND c.relname = ?
       WHERE s.name = ?\
      """;

  private TableStateSql() {}
}
