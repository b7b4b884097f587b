/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

/** The statement of {@link CopyWaits}. */
final class CopyWaitsSql {
  /**
   * Requested copies, and what keeps each from being read: a name that means no table, or another
   * one than is captured under it, sessions that hold or wait for a lock that reading the table or
   * a part of it waits for, a copy that is under way.
   */
  static final String WAITS =
      """
      select its.table_schema, its.table_name, extract(epoch from clock_timestamp() - its.requested_at)::bigint, its.oid is not null,
             its.oid is not null and not
      """
          + CopySql.IS_CAPTURED
          + """
                ,
                (select pg_catalog.string_agg(distinct l.pid::text, ', ')
                   from pg_catalog.pg_locks l
                  where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid is not null
                    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
                    and (l.relation = its.oid or l.relation in (select p.relid from pg_catalog.pg_partition_tree(its.oid) p))),
                (select pg_catalog.min(o.table_schema || '.' || o.table_name) from pgq_connect.table_copy o
                  where o.queue_name = its.queue_name and o.state = 'copying')
           from (select t.queue_name, t.table_schema, t.table_name, t.requested_at, n.oid
                   from pgq_connect.table_copy t
                   left join pg_catalog.pg_class n
                     on n.oid = to_regclass(pg_catalog.format('%I.%I', t.table_schema, t.table_name)) and n.relkind in ('r', 'p', 'f')
                  where t.queue_name = ? and t.state = 'requested' and t.requested_at is not null) its
          order by 3 desc, 1, 2\
          """;

  private CopyWaitsSql() {}
}
