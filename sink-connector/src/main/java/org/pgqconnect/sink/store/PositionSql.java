/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

/**
 * The statements of {@link PositionStore}; others register a subscription and look for a provider,
 * too.
 */
public final class PositionSql {
  public static final String REGISTER =
      """
      INSERT INTO pgq_connect.subscription (name, topic_prefix) VALUES (?, ?)
      ON CONFLICT (name) DO NOTHING\
      """;

  /**
   * Whether session {@code a} is that of subscription {@code s}. A role that took another one by a
   * setting cannot always see when its own session began.
   */
  public static final String IS_OURS =
      """
      a.pid = s.backend_pid
         AND CASE WHEN a.backend_start IS NULL OR s.backend_start IS NULL
                  THEN pg_catalog.starts_with('pgq-connect sink ' || s.name, a.application_name)
                  ELSE a.backend_start = s.backend_start END\
      """;

  static final String END_PREDECESSOR =
      """
      SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid)
        FROM pgq_connect.subscription s
        JOIN pg_catalog.pg_stat_activity a ON %s
       WHERE s.name = ? AND a.pid <> pg_catalog.pg_backend_pid()
         AND (pg_catalog.pg_has_role(a.usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))\
      """
          .formatted(IS_OURS);

  static final String IS_RUNNING =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = ?)\
      """;

  static final String TAKE_OVER =
      """
      UPDATE pgq_connect.subscription
         SET backend_pid = pg_catalog.pg_backend_pid(),
             backend_start = (SELECT backend_start FROM pg_catalog.pg_stat_activity
                               WHERE pid = pg_catalog.pg_backend_pid())
       WHERE name = ?
      RETURNING queue, provider, queue_identity, attempt, tick_id, tick_time, topic_prefix\
      """;

  static final String LOCK =
      """
      SELECT queue, provider, queue_identity, attempt, tick_id, tick_time, backend_pid = pg_catalog.pg_backend_pid()
        FROM pgq_connect.subscription WHERE name = ? FOR UPDATE\
      """;

  static final String SAVE =
      HeldTablesSql.PROBLEMS
          + """
          UPDATE pgq_connect.subscription
             SET queue = ?, provider = ?, queue_identity = ?, attempt = ?, tick_id = ?, tick_time = ?,
                 offsets = offsets || ?::jsonb, updated_at = now()
           WHERE name = ?\
          """
          + HeldTablesSql.RETURNING;

  static final String LOAD_OFFSETS =
      """
      SELECT o.key, o.value::bigint
        FROM pgq_connect.subscription s, pg_catalog.jsonb_each_text(s.offsets) o
       WHERE s.name = ?\
      """;

  static final String REPORT =
      """
      UPDATE pgq_connect.subscription
         SET waiting_for = ?, waiting_since = pg_catalog.now() - ?::bigint * interval '1 millisecond', not_applied = ?::jsonb
       WHERE name = ?\
      """;

  static final String LOAD_ORIGIN =
      """
      SELECT s.topics ->> 'cluster', t.key, t.value
        FROM pgq_connect.subscription s
        LEFT JOIN LATERAL pg_catalog.jsonb_each_text(s.topics -> 'ids') t ON true
       WHERE s.name = ?\
      """;

  static final String SAVE_ORIGIN =
      """
      UPDATE pgq_connect.subscription
         SET offsets = offsets || ?::jsonb,
             topics = pg_catalog.jsonb_build_object('cluster', ?::text, 'ids',
                        CASE WHEN topics ->> 'cluster' = ? THEN coalesce(topics -> 'ids', '{}') ELSE '{}' END || ?::jsonb)
       WHERE name = ?\
      """;

  public static final String IS_PROVIDER = "SELECT to_regclass('pgq_connect.provider') IS NOT NULL";

  static final String OWN_IDENTITY = "SELECT identity::text FROM pgq_connect.provider";

  private PositionSql() {}
}
