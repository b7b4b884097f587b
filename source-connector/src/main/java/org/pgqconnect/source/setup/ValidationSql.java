/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

/** The statements of {@link ProviderValidation} and {@link TableChecks}. */
final class ValidationSql {
  static final String STATE =
      """
      select to_regclass('pgq.queue') is not null,
             to_regclass('pgq_connect.provider') is not null,
             has_database_privilege(current_database(), 'CREATE')\
      """;

  static final String TABLES =
      """
      select n.nspname, c.relname,
             (select string_agg(rel::text, ', ' order by rel::oid)
                from (select c.oid::regclass union select relid from pg_partition_tree(c.oid)) tree (rel)
               where not has_table_privilege(rel, 'TRIGGER')),
             has_table_privilege(c.oid, 'SELECT'),
             exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary),
             has_schema_privilege(n.oid, 'USAGE'), pg_get_userbyid(c.relowner),
             array(select a.attname::text from pg_index i
                     join lateral unnest(i.indkey) with ordinality k (attnum, place) on true
                     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
                    where i.indexrelid = (
                          select u.indexrelid from pg_index u
                           where u.indrelid = c.oid and u.indisunique and u.indisvalid and u.indpred is null
                             and u.indexprs is null and u.indimmediate
                             and not exists (select from pg_attribute n
                                              where n.attrelid = u.indrelid and n.attnum = any (u.indkey)
                                                and (not n.attnotnull or n.attname like '%,%'))
                           order by u.indnkeyatts, u.indexrelid limit 1)
                      and k.place <= i.indnkeyatts
                    order by k.place),
             c.relkind = 'f'
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'f') and c.relpersistence = 'p' and not c.relispartition
         and n.nspname not in ('pg_catalog', 'information_schema', 'pgq', 'pgq_connect')
       order by 1, 2\
      """;

  private ValidationSql() {}
}
