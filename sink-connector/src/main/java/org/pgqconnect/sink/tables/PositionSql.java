/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import org.pgqconnect.sink.admin.Adoption;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.offsets.StoredOffsets;

/**
 * The statements of {@link PositionStore}, {@link StoredOffsets}, {@link Adoption} and {@link
 * SubscriberInstaller}.
 */
public final class PositionSql {
  public static final String IS_INSTALLED =
      """
      SELECT to_regclass('pgq_connect.subscription') IS NOT NULL
         AND to_regclass('pgq_connect.subscribed_table') IS NOT NULL
         AND to_regclass('pgq_connect.copied_key') IS NOT NULL""";

  public static final String LOCK_INSTALLATION =
      "SELECT pg_catalog.pg_advisory_xact_lock(20519, 3)";

  public static final String REGISTER =
      """
      INSERT INTO pgq_connect.subscription (name, topic_prefix) VALUES (?, ?)
      ON CONFLICT (name) DO NOTHING""";

  public static final String LOCK_IDLE =
      """
      SELECT s.topic_prefix, s.tick_id,
             EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                      WHERE a.pid = s.backend_pid AND a.backend_start = s.backend_start)
        FROM pgq_connect.subscription s WHERE s.name = ? FOR UPDATE OF s""";

  public static final String PLACE =
      """
      UPDATE pgq_connect.subscription
         SET tick_id = ?, tick_time = NULL, provider = NULL, queue_identity = NULL, attempt = NULL, updated_at = now() WHERE name = ?""";

  /** What the topics hold of histories that were given up is read once more, and skipped. */
  public static final String PLACE_BACK =
      """
      UPDATE pgq_connect.subscription SET tick_id = ?, tick_time = NULL, updated_at = now() WHERE name = ?""";

  public static final String HOLD =
      """
      INSERT INTO pgq_connect.subscribed_table (subscription, table_schema, table_name, consistent_tick, state, table_oid)
      SELECT h.s, h.t, h.n, h.tick, h.state, to_regclass(pg_catalog.format('%I.%I', h.t, h.n))::oid
        FROM (VALUES (?::text, ?::text, ?::text, ?::bigint, ?::text)) h (s, t, n, tick, state)
      ON CONFLICT (subscription, table_schema, table_name) DO UPDATE
         SET state = excluded.state, copy_id = 0, consistent_tick = excluded.consistent_tick, note = NULL, copying_again = false, table_oid = excluded.table_oid, table_files = NULL, table_columns = NULL, holds_rows = NULL, updated_at = now()""";

  public static final String HELD =
      """
      SELECT table_schema, table_name FROM pgq_connect.subscribed_table
       WHERE subscription = ? AND state <> 'expecting-copy' ORDER BY 1, 2""";

  public static final String LEAVE_TO_COPY =
      """
      UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy', note = ?, updated_at = now()
       WHERE subscription = ? AND table_schema = ? AND table_name = ?""";

  /** A table whose copy has not ended goes on with it. */
  public static final String CATCH_UP =
      """
      UPDATE pgq_connect.subscribed_table
         SET state = 'catching-up', consistent_tick = greatest(consistent_tick, ?), updated_at = now()
       WHERE subscription = ? AND table_schema = ? AND table_name = ? AND state <> 'copying'""";

  static final String END_PREDECESSOR =
      """
      SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid)
        FROM pgq_connect.subscription s
        JOIN pg_catalog.pg_stat_activity a ON a.pid = s.backend_pid AND a.backend_start = s.backend_start
       WHERE s.name = ? AND a.pid <> pg_catalog.pg_backend_pid()""";

  static final String IS_RUNNING =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = ?)""";

  static final String TAKE_OVER =
      """
      UPDATE pgq_connect.subscription
         SET backend_pid = pg_catalog.pg_backend_pid(),
             backend_start = (SELECT backend_start FROM pg_catalog.pg_stat_activity
                               WHERE pid = pg_catalog.pg_backend_pid())
       WHERE name = ?
      RETURNING queue, provider, queue_identity, attempt, tick_id, tick_time, topic_prefix""";

  static final String LOCK =
      """
      SELECT queue, provider, queue_identity, attempt, tick_id, tick_time, backend_pid = pg_catalog.pg_backend_pid()
        FROM pgq_connect.subscription WHERE name = ? FOR UPDATE""";

  static final String SAVE =
      Held.PROBLEMS
          + """
      UPDATE pgq_connect.subscription
         SET queue = ?, provider = ?, queue_identity = ?, attempt = ?, tick_id = ?, tick_time = ?,
             offsets = offsets || ?::jsonb, updated_at = now()
       WHERE name = ?"""
          + Held.RETURNING;

  /** Two subscriptions that take a table over at once see each other. */
  static final String LOCK_TAKING = "SELECT pg_catalog.pg_advisory_xact_lock(20519, 4)";

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
       ORDER BY 1, 2, 3 LIMIT 1""";

  static final String REPLACED_TABLES =
      """
      SELECT t.table_schema, t.table_name
        FROM pgq_connect.subscribed_table t
       WHERE t.subscription = ? AND t.state <> 'expecting-copy' AND %s
       ORDER BY 1, 2"""
          .replace("%s", Held.IS_REPLACED);

  /**
   * The clocks are those of two databases, which an hour is to allow for. The table is looked up by
   * its names: {@code to_regclass} fails where the role may not use the schema.
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
       WHERE s.name = ?""";

  static final String LOAD_OFFSETS =
      """
      SELECT o.key, o.value::bigint
        FROM pgq_connect.subscription s, pg_catalog.jsonb_each_text(s.offsets) o
       WHERE s.name = ?""";

  static final String REPORT =
      """
      UPDATE pgq_connect.subscription
         SET waiting_for = ?, waiting_since = pg_catalog.now() - ?::bigint * interval '1 millisecond', not_applied = ?::jsonb
       WHERE name = ?""";

  static final String LOAD_ORIGIN =
      """
      SELECT s.topics ->> 'cluster', t.key, t.value
        FROM pgq_connect.subscription s
        LEFT JOIN LATERAL pg_catalog.jsonb_each_text(s.topics -> 'ids') t ON true
       WHERE s.name = ?""";

  static final String SAVE_ORIGIN =
      """
      UPDATE pgq_connect.subscription
         SET offsets = offsets || ?::jsonb,
             topics = pg_catalog.jsonb_build_object('cluster', ?::text, 'ids',
                        CASE WHEN topics ->> 'cluster' = ? THEN coalesce(topics -> 'ids', '{}') ELSE '{}' END || ?::jsonb)
       WHERE name = ?""";

  static final String LOAD_TABLES =
      """
      SELECT table_schema, table_name, state, copy_id, consistent_tick, definition, note
        FROM pgq_connect.subscribed_table WHERE subscription = ?""";

  public static final String IS_PROVIDER = "SELECT to_regclass('pgq_connect.provider') IS NOT NULL";

  static final String OWN_IDENTITY = "SELECT identity::text FROM pgq_connect.provider";

  static final String ARE_CONFIRMED =
      """
      SELECT ?::text[] <@ confirmed_triggers FROM pgq_connect.subscribed_table
       WHERE subscription = ? AND table_schema = ? AND table_name = ?""";

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
             definition = excluded.definition, note = excluded.note, updated_at = now()"""
          .replace("%f", TableFilesSql.files("to_regclass(?)::oid"))
          .replace("%c", TableColumnsSql.known("to_regclass(?)::oid", "?::jsonb"))
          .replace("%m", TableColumnsSql.CARRIED);

  public static final String UNINSTALL =
      """
      DROP TABLE IF EXISTS pgq_connect.copied_key, pgq_connect.subscribed_table, pgq_connect.subscription""";

  public static final String DROP_SCHEMA_IF_EMPTY =
      """
      DO $$
      BEGIN
        DROP SCHEMA IF EXISTS pgq_connect RESTRICT;
      EXCEPTION WHEN dependent_objects_still_exist THEN
        NULL; -- the provider's side lives there too
      END $$""";

  public static final String STATUS =
      """
      SELECT s.name, s.topic_prefix, s.queue, s.provider, s.tick_id, s.tick_time, s.updated_at::text,
             extract(epoch FROM clock_timestamp() - s.updated_at)::bigint,
             s.waiting_for, extract(epoch FROM clock_timestamp() - s.waiting_since)::bigint,
             a.pid, a.state,
             extract(epoch FROM clock_timestamp() - CASE a.state WHEN 'active' THEN a.query_start ELSE a.state_change END)::bigint,
             CASE WHEN a.wait_event_type = 'Lock' OR a.wait_event = 'SyncRep' THEN a.wait_event END,
             CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(a.pid), ', ') END
        FROM pgq_connect.subscription s
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = s.backend_pid AND a.backend_start = s.backend_start
       ORDER BY s.name""";

  public static final String NOT_APPLIED =
      """
      SELECT r.key, r.value::bigint
        FROM pgq_connect.subscription s, pg_catalog.jsonb_each_text(s.not_applied) r
       WHERE s.name = ? ORDER BY 1""";

  public static final String TABLE_STATUS =
      """
      SELECT table_schema, table_name, state, copy_id, consistent_tick, note
        FROM pgq_connect.subscribed_table WHERE subscription = ? ORDER BY 1, 2""";

  private PositionSql() {}

  private static final class Held {
    static final String IS_REPLACED =
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
                  (SELECT pg_catalog.array_agg(table_schema || '.' || table_name) FROM filled)""";
  }
}
