/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

/** The statements of {@link TableFiles}, and what those of {@link PositionStore} say of files. */
final class TableFilesSql {
  /**
   * The files of a table and its partitions, {@code {"oid": "file"}}; NULL where there are none.
   * Without a lock on any of them: no session waits for a VACUUM FULL of a table that it does not
   * write.
   */
  static String files(String oid) {
    return "(%s SELECT pg_catalog.jsonb_object_agg(relid::text, file) FROM file)"
        .formatted(filesOf(oid));
  }

  private static String filesOf(String oid) {
    return """
    WITH RECURSIVE part (relid) AS (
           SELECT %s
            UNION ALL
           SELECT i.inhrelid FROM part p
             JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relid
             JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition),
         file AS (
           SELECT relid, %s AS file
             FROM part WHERE pg_catalog.pg_relation_filenode(relid) IS NOT NULL)\
    """
        .formatted(oid, file("relid"));
  }

  /**
   * The file of a relation. One that is unlogged has another one after a crash, which empties it in
   * place: a crash of one process does not start the server anew, but its statistics.
   */
  private static String file(String oid) {
    return """
    pg_catalog.pg_relation_filenode(%1$s)::text || coalesce((
        SELECT pg_catalog.concat_ws('/', '', EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()), EXTRACT(epoch FROM b.stats_reset))
          FROM pg_catalog.pg_class u CROSS JOIN pg_catalog.pg_stat_bgwriter b WHERE u.oid = %1$s AND u.relpersistence = 'u'), '')\
    """
        .formatted(oid);
  }

  /** The condition that a table without partitions is in another file. */
  static final String IS_IN_ANOTHER_FILE =
      "t.table_files ->> t.table_oid::text <> " + file("t.table_oid");

  /** From when on rows are newer than all files were known to be, and what that will be now. */
  static final String HORIZON =
      """
      SELECT s.files_xid, pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint
        FROM pgq_connect.subscription s WHERE s.name = ?\
      """;

  static final String SAVE_HORIZON =
      "UPDATE pgq_connect.subscription SET files_xid = ? WHERE name = ?";

  /** Tables whose files differ from those that are stored. */
  static final String CHANGED =
      """
      SELECT t.table_schema, t.table_name, coalesce(t.holds_rows, true), t.state <> 'ok' AND NOT t.copying_again, l.changed, l.every, l.readable,
             EXISTS (SELECT FROM pg_catalog.pg_class w
                      CROSS JOIN LATERAL pg_catalog.jsonb_object_keys(t.table_files) k
                      WHERE w.oid = t.table_oid AND w.relkind = 'p' AND NOT pg_catalog.jsonb_exists(coalesce(l.files, '{}'), k))
        FROM pgq_connect.subscribed_table t
       CROSS JOIN LATERAL (
      %s
             SELECT pg_catalog.array_agg(pg_catalog.format('%%I.%%I', n.nspname, c.relname)) FILTER (WHERE k.differs) AS changed,
                    pg_catalog.bool_and(k.differs) AS every,
                    pg_catalog.bool_and(m.amname = 'heap' AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                                        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')) FILTER (WHERE k.differs) AS readable,
                    pg_catalog.jsonb_object_agg(f.relid::text, f.file) AS files
               FROM file f
               JOIN pg_catalog.pg_class c ON c.oid = f.relid
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
              CROSS JOIN LATERAL (SELECT coalesce(t.table_files ->> f.relid::text <> f.file, false) AS differs) k) l
       WHERE t.subscription = ? AND t.table_oid IS NOT NULL AND l.files IS DISTINCT FROM t.table_files
       ORDER BY 1, 2\
      """
          .formatted(filesOf("t.table_oid"));

  /** Of a row's transaction only 32 bits are known. */
  static String rows(String file) {
    return """
    SELECT count(*), count(*) FILTER (WHERE s.before > s.later),
           (SELECT c.reltuples < 0 FROM pg_catalog.pg_class c WHERE c.oid = ?::regclass)
      FROM (SELECT (t.xmin::text::bigint - ?::bigint %% 4294967296 + 4294967296) %% 4294967296 AS before,
                   pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - ?::bigint + 1000000 AS later
              FROM ONLY %s AS t LIMIT %d) s\
    """
        .formatted(file, FileChange.MOST_ROWS);
  }

  static final String REFRESH =
      """
      UPDATE pgq_connect.subscribed_table t
         SET table_files = %s, holds_rows = NULL
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (s, n)
       WHERE t.subscription = ? AND t.table_schema = w.s AND t.table_name = w.n\
      """
          .formatted(files("t.table_oid"));

  /** Tables of which it is known whether they held rows, and those that can be asked. */
  static final String HOLDING =
      """
      SELECT t.table_schema, t.table_name, t.holds_rows,
             CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || pg_catalog.format('%I.%I', t.table_schema, t.table_name)
        FROM pgq_connect.subscribed_table t
        JOIN pg_catalog.pg_class c ON c.oid = t.table_oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE t.subscription = ? AND n.nspname = t.table_schema AND c.relname = t.table_name AND c.relkind IN ('r', 'p')
         AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')\
      """;

  static String holdsRows(String table) {
    return "SELECT EXISTS (SELECT FROM %s)".formatted(table);
  }

  static final String SAVE_HOLDING =
      """
      UPDATE pgq_connect.subscribed_table SET holds_rows = ?
       WHERE subscription = ? AND table_schema = ? AND table_name = ?\
      """;

  private TableFilesSql() {}
}
