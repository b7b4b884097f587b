/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import org.pgqconnect.source.lock.AdvisoryLockSql;

/** The statements of {@link Maintenance} and {@link RotationCheck}. */
final class RotationSql {
  /**
   * The extension's step 1 empties a table without a check whether a late transaction wrote events
   * there that are still to be read.
   */
  private static final String STEP_ONE =
      """
      case when exists (select from pg_catalog.pg_extension where extname = 'pgq')
           then 'pgq_connect.rotate_tables' else 'pgq.maint_rotate_tables_step1' end\
      """;

  /**
   * pgqd puts retried events back on a schedule of its own, so PgQ's list does not name that. The
   * extension's function for it has its caller's rights only, and those pgq_admin alone has.
   */
  static final String DUE =
      """
      select case when func_name = 'pgq.maint_rotate_tables_step1' then %s else func_name end, func_arg
        from pgq.maint_operations()
      union all
      select 'pgq.maint_retry_events', null from pg_catalog.pg_proc p
       where p.oid = 'pgq.maint_retry_events()'::regprocedure
         and (p.prosecdef or has_table_privilege('pgq.retry_queue', 'DELETE'))\
      """
          .formatted(STEP_ONE);

  /** Otherwise it is a right on PgQ itself that is missing. */
  static final String MAY_LIST_OPERATIONS =
      """
      select has_function_privilege('pgq.maint_operations()', 'EXECUTE')
             and has_function_privilege('pgq.maint_tables_to_vacuum()', 'EXECUTE')
             and has_table_privilege('pgq.queue', 'SELECT')\
      """;

  /** The same for one queue, by what the tables say. */
  static final String DUE_OF_QUEUE =
      """
      select %s, queue_name
        from pgq.queue
       where queue_name = ? and queue_switch_step2 is not null and queue_switch_time + queue_rotation_period < now()
      union all
      select 'pgq.maint_rotate_tables_step2', null
       where exists (select from pgq.queue where queue_switch_step2 is null)\
      """
          .formatted(STEP_ONE);

  /** What the queue holds and how long its rotation is overdue. */
  static final String STATE =
      """
      select (extract(epoch from clock_timestamp() - q.queue_switch_time - q.queue_rotation_period) * 1000)::bigint,
             coalesce(q.queue_switch_step2, q.queue_switch_step1),
             txid_snapshot_xmax(txid_current_snapshot()),
             coalesce((select sum(pg_total_relation_size(i.inhrelid)) from pg_inherits i
                        where i.inhparent = q.queue_data_pfx::regclass), 0)::bigint,
             q.queue_data_pfx || '_' || ((q.queue_cur_table + 1) % q.queue_ntables)
        from pgq.queue q where q.queue_name = ?\
      """;

  static final String PENDING = "select pending_events from pgq.get_consumer_info(?, ?)";

  /**
   * Consumers whose ticks do not see past the last switch; when even the newest tick does not,
   * those that were behind already at the switch.
   */
  static final String CONSUMERS =
      """
      select c.consumer_name, c.last_tick, date_trunc('second', c.lag)::text,
             date_trunc('second', c.last_seen)::text, c.pending_events
        from pgq.get_consumer_info(?) c
        join pgq.queue q on q.queue_name = c.queue_name
       cross join lateral (select coalesce(q.queue_switch_step2, q.queue_switch_step1) as xid) switch
        left join lateral (
             select tick_time, split_part(tick_snapshot::text, ':', 1)::bigint as xmin
               from pgq.tick where tick_queue = q.queue_id and tick_id = c.last_tick) its on true
        left join lateral (
             select split_part(tick_snapshot::text, ':', 1)::bigint as xmin
               from pgq.tick where tick_queue = q.queue_id order by tick_id desc limit 1) newest on true
       where its.xmin is null
          or its.xmin <= switch.xid and (newest.xmin > switch.xid or its.tick_time <= q.queue_switch_time)
       order by c.last_tick\
      """;

  /**
   * Whose session it is: the reader's of this queue and consumer by the lock that only it holds,
   * others of connectors by the names they give themselves.
   */
  private static final String WHOSE =
      """
      case when exists (select from pg_locks l where l.pid = holder.pid and %s) then 'reader'
           when a.application_name ~ '^pgq-connect (source|decoder|watch|ticker) ' then 'connector'
           else 'other' end\
      """
          .formatted(AdvisoryLockSql.IS_HELD);

  /**
   * Transactions older than the last switch, in every database: ticks cannot see past them. Locks
   * are visible to every role; the rest only to the session's own and to pg_read_all_stats. What a
   * session ran last is left out: it may hold a password, and this goes into logs.
   */
  static final String TRANSACTIONS =
      """
      select holder.pid, coalesce(a.datname, '?'), coalesce(a.usename, '?'), coalesce(a.application_name, ''), a.state,
             date_trunc('second', clock_timestamp() - a.xact_start)::text, %s
        from (select pid, max(age(transactionid)) as age from pg_locks
               where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted and pid is not null
               group by pid) holder
        left join pg_stat_activity a on a.pid = holder.pid
       where holder.age >= ?::bigint and holder.pid <> pg_backend_pid()
       order by holder.age desc limit 10\
      """
          .formatted(WHOSE);

  static final String PREPARED =
      """
      select gid, coalesce(owner, '?'), coalesce(database, '?'), date_trunc('second', clock_timestamp() - prepared)::text
        from pg_prepared_xacts where age(transaction) >= ?::bigint order by prepared limit 10\
      """;

  /** Who holds the table that is to be emptied. */
  static final String HOLDERS =
      """
      select holder.pid, coalesce(a.datname, '?'), coalesce(a.usename, '?'), coalesce(a.application_name, ''), a.state,
             date_trunc('second', clock_timestamp() - a.xact_start)::text, %s
        from (select distinct pid from pg_locks
               where locktype = 'relation' and granted and pid is not null
                 and database = (select oid from pg_database where datname = current_database())
                 and relation = to_regclass(?)) holder
        left join pg_stat_activity a on a.pid = holder.pid
       where holder.pid <> pg_backend_pid()
       order by 1 limit 10\
      """
          .formatted(WHOSE);

  private RotationSql() {}
}
