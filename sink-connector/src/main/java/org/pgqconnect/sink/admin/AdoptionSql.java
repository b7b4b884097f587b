/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

/** The statements of {@link Adoption}. */
final class AdoptionSql {
  static final String LOCK_IDLE =
      """
      SELECT s.topic_prefix, s.tick_id,
             EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                      WHERE a.pid = s.backend_pid AND a.backend_start = s.backend_start)
        FROM pgq_connect.subscription s WHERE s.name = ? FOR UPDATE OF s\
      """;

  static final String PLACE =
      """
      UPDATE pgq_connect.subscription
         SET tick_id = ?, tick_time = NULL, provider = NULL, queue_identity = NULL, attempt = NULL, updated_at = now() WHERE name = ?\
      """;

  /** What the topics hold of histories that were given up is read once more, and skipped. */
  static final String PLACE_BACK =
      """
      UPDATE pgq_connect.subscription SET tick_id = ?, tick_time = NULL, updated_at = now() WHERE name = ?\
      """;

  static final String HOLD =
      """
      INSERT INTO pgq_connect.subscribed_table (subscription, table_schema, table_name, consistent_tick, state, table_oid)
      SELECT h.s, h.t, h.n, h.tick, h.state, to_regclass(pg_catalog.format('%I.%I', h.t, h.n))::oid
        FROM (VALUES (?::text, ?::text, ?::text, ?::bigint, ?::text)) h (s, t, n, tick, state)
      ON CONFLICT (subscription, table_schema, table_name) DO UPDATE
         SET state = excluded.state, copy_id = 0, consistent_tick = excluded.consistent_tick, note = NULL, copying_again = false, table_oid = excluded.table_oid, table_files = NULL, table_columns = NULL, holds_rows = NULL, updated_at = now()\
      """;

  static final String HELD =
      """
      SELECT table_schema, table_name FROM pgq_connect.subscribed_table
       WHERE subscription = ? AND state <> 'expecting-copy' ORDER BY 1, 2\
      """;

  static final String LEAVE_TO_COPY =
      """
      UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy', note = ?, updated_at = now()
       WHERE subscription = ? AND table_schema = ? AND table_name = ?\
      """;

  /** A table whose copy has not ended continues with it. */
  static final String CATCH_UP =
      """
      UPDATE pgq_connect.subscribed_table
         SET state = 'catching-up', consistent_tick = greatest(consistent_tick, ?), updated_at = now()
       WHERE subscription = ? AND table_schema = ? AND table_name = ? AND state <> 'copying'\
      """;

  private AdoptionSql() {}
}
