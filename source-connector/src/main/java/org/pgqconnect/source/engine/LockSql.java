/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import org.pgqconnect.postgres.OwnLock;

/** The statements of {@link LockAttempts} and {@link Blockers}. */
final class LockSql {

  static final String TAKE_CAPTURE = "select pgq_connect.lock_capture()";

  static final String SET_LOCK_TIMEOUT = "select set_config('lock_timeout', ? || 'ms', true)";

  /**
   * How long to wait for a lock: not so long that a writer, which waits for us meanwhile, looks for
   * a deadlock. Should there be one, over the partitions of a table, we give up first.
   */
  static final String SET_TIMEOUTS =
      """
      select set_config('lock_timeout', limits.wait || 'ms', true), limits.wait,
             set_config('statement_timeout', case when ? then (limits.deadlock * 9 / 10) || 'ms' else '0' end, true)
        from (select greatest(1, least(?::bigint, setting::bigint * 4 / 5)) as wait, setting::bigint as deadlock
                from pg_settings where name = 'deadlock_timeout') limits
      """;

  /**
   * Who holds locks that a CREATE TRIGGER on the tables, or dropping one, has to wait for, or an
   * advisory lock of ours. Without what they ran last, which may hold a password.
   */
  static final String BLOCKERS =
      """
      select distinct a.pid, coalesce(a.usename, '?'), coalesce(a.application_name, ''),
             coalesce(date_trunc('second', now() - a.xact_start)::text, '?'), coalesce(a.state, '?')
        from pg_locks l
        join pg_stat_activity a on a.pid = l.pid
       where l.granted and l.pid <> pg_backend_pid()
         and l.database = (select oid from pg_database where datname = current_database())
         and (l.locktype = 'relation' and (? or l.mode not in ('AccessShareLock', 'RowShareLock'))
              and l.relation in (select coalesce(part.relid::oid, its.oid) from unnest(?::bigint[]::oid[]) its (oid)
                                   left join lateral pg_partition_tree(its.oid::regclass) part on true)
              or l.locktype = 'advisory' and l.classid = %d and l.objid = ? and l.objsubid = 2)
       order by 1
      """
          .formatted(OwnLock.FIRST_KEY);

  private LockSql() {}
}
