/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.lock;

/** The statements of {@link AdvisoryLock}. */
public final class AdvisoryLockSql {
  /**
   * The key of a lock by its role and name. On the provider, pgq_connect.other_publisher computes
   * that of readers.
   */
  private static final String KEY = "hashtextextended('pgq_connect ' || ? || ' ' || ?, 0)";

  /** Whether row {@code l} of pg_locks is the lock of this role and name, and is held. */
  public static final String IS_HELD =
      """
      l.locktype = 'advisory' and l.granted and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database())
         and (l.classid::bigint << 32) + l.objid::bigint = %s\
      """
          .formatted(KEY);

  static final String TRY_TAKE = "select pg_try_advisory_lock(%s)".formatted(KEY);

  static final String HOLDER =
      """
      select a.pid || ' (' || coalesce(nullif(a.application_name, ''), 'no name') || ' from '
             || coalesce(host(a.client_addr), 'this host') || ', since ' || a.backend_start || ')',
             coalesce(a.application_name, ''), a.pid
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where %s\
      """
          .formatted(IS_HELD);

  private AdvisoryLockSql() {}
}
