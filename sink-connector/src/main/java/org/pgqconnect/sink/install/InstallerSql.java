/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.install;

import org.pgqconnect.postgres.OwnLock;
import org.pgqconnect.sink.store.PositionSql;

/** The statements of {@link SubscriberInstaller}. */
final class InstallerSql {
  static final String IS_INSTALLED =
      """
      SELECT to_regclass('pgq_connect.subscription') IS NOT NULL
         AND to_regclass('pgq_connect.subscribed_table') IS NOT NULL
         AND to_regclass('pgq_connect.copied_key') IS NOT NULL\
      """;

  static final String LOCK_INSTALLATION = OwnLock.INSTALL_SUBSCRIBER.take();

  static final String UNINSTALL =
      """
      DROP TABLE IF EXISTS pgq_connect.copied_key, pgq_connect.subscribed_table, pgq_connect.subscription\
      """;

  static final String DROP_SCHEMA_IF_EMPTY =
      """
      DO $$
      BEGIN
        DROP SCHEMA IF EXISTS pgq_connect RESTRICT;
      EXCEPTION WHEN dependent_objects_still_exist THEN
        NULL; -- the provider's side lives there too
      END $$\
      """;

  static final String STATUS =
      """
      SELECT s.name, s.topic_prefix, s.queue, s.provider, s.tick_id, s.tick_time, s.updated_at::text,
             extract(epoch FROM clock_timestamp() - s.updated_at)::bigint,
             s.waiting_for, extract(epoch FROM clock_timestamp() - s.waiting_since)::bigint,
             a.pid, a.state,
             extract(epoch FROM clock_timestamp() - CASE a.state WHEN 'active' THEN a.query_start ELSE a.state_change END)::bigint,
             CASE WHEN a.wait_event_type = 'Lock' OR a.wait_event = 'SyncRep' THEN a.wait_event END,
             CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(a.pid), ', ') END
        FROM pgq_connect.subscription s
        LEFT JOIN pg_catalog.pg_stat_activity a ON %s
       ORDER BY s.name\
      """
          .formatted(PositionSql.IS_OURS);

  static final String NOT_APPLIED =
      """
      SELECT r.key, r.value::bigint
        FROM pgq_connect.subscription s, pg_catalog.jsonb_each_text(s.not_applied) r
       WHERE s.name = ? ORDER BY 1\
      """;

  static final String TABLE_STATUS =
      """
      SELECT table_schema, table_name, state, copy_id, consistent_tick, note
        FROM pgq_connect.subscribed_table WHERE subscription = ? ORDER BY 1, 2\
      """;

  private InstallerSql() {}
}
