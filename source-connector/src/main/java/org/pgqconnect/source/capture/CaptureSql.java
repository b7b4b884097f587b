/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

/** The statements of {@link CaptureInstaller}. */
final class CaptureSql {

  static final String OID = "select to_regclass(?)::oid";

  /**
   * The tables that are captured under a name, or bear it now, with the names that they have now.
   */
  static final String KNOWN_BY =
      """
      select k.table_oid, n.nspname, r.relname
        from pgq_connect.captured_table k
        left join pg_catalog.pg_class r on r.oid = k.table_oid
        left join pg_catalog.pg_namespace n on n.oid = r.relnamespace
       where k.queue_name = ?
         and ((k.table_schema, k.table_name) = (?, ?) or (n.nspname, r.relname) = (?, ?))
       order by k.table_oid\
      """;

  /** Withdraws a copy of a table that no trigger of ours captures. */
  static final String WITHDRAW_COPY =
      """
      update pgq_connect.table_copy
         set state = 'removed', last_key = null, consistent_tick = null, requested_at = null, finished_at = null
       where queue_name = ? and table_schema = ? and table_name = ? and state in ('requested', 'copying')\
      """;

  private static final String CAPTURED =
      "queue_name, table_schema, table_name, form, key_columns, old_row,"
          + " pgq_connect.options_text(options)";

  static final String ADD =
      "select "
          + CAPTURED
          + """
           from pgq_connect.add_table(?, ?::oid::regclass, copy => ?, form => ?, key_columns => ?, old_row => ?,
                exclude => ?, only_columns => ?, masks => jsonb_object(?::text[]), condition => ?,
                skip_unchanged => ?, salt => ?, keep => ?)
          """;

  /** Whether a captured table's options differ from these, added to those that it has. */
  static final String OPTIONS_DIFFER =
      """
      select pgq_connect.options_differ(?, ?::oid::regclass, exclude => ?, only_columns => ?,
                                        masks => jsonb_object(?::text[]), condition => ?, skip_unchanged => ?,
                                        salt => ?)\
      """;

  /**
   * Whether some of a captured table's options do not fit it any more, and all that these ask to
   * hide is hidden by them: where several match a column, that counts which shows least.
   */
  static final String CLOSED_AS_ASKED =
      """
      with asked as (
        select ?::text[] as exclude, ?::text[] as only_columns, jsonb_object(?::text[]) as masks, ?::text as condition,
               ?::boolean as skip_unchanged, nullif(?::text, '') as salt)
      select exists (
        select from pgq_connect.captured_table c
          join asked on true
         cross join lateral pgq_connect.shape_of_captured(c) s (shape)
         cross join lateral (
               select array_agg(array[pgq_connect.column_now(c.table_oid, e.attnum), e.name, e.given,
                                      concat_ws(':', e."as", e.constant)]) as list
                 from jsonb_to_recordset(c.options -> 'columns')
                      e (name text, given text, "as" text, constant text, attnum integer)) entries
         where c.queue_name = ? and c.table_oid = ?::oid and (c.options ->> 'table')::oid = c.table_oid
           and s.shape ->> 'problems' is not null
           and not exists (
                 select from (select unnest(exclude), 'exclude' union all select unnest(only_columns), 'include'
                              union all select key, value from jsonb_each_text(masks)) wanted (name, treatment)
                  where not exists (
                        select from generate_subscripts(entries.list, 1) i
                         where entries.list[i][4] = wanted.treatment
                           and (entries.list[i][1] = wanted.name
                                or wanted.treatment <> 'include'
                                   and wanted.name in (entries.list[i][2], entries.list[i][3]))))
           and not exists (
                 select from generate_subscripts(entries.list, 1) i
                  where entries.list[i][4] = 'include' and entries.list[i][1] <> all (only_columns))
           and (salt is null
                or salt = (select convert_from(m.salt, 'UTF8') from pgq_connect.mask_salt m
                            where m.salt_id = (c.options ->> 'salt')::integer))
           and (coalesce(trim(condition), '') = '' or condition is not distinct from c.options -> 'where' ->> 'given')
           and coalesce(skip_unchanged = coalesce((c.options ->> 'skip_unchanged')::boolean, false), true))\
      """;

  /** The tables that are captured by a name: partitions that are captured separately share one. */
  static final String CAPTURED_OIDS =
      """
      select table_oid from pgq_connect.captured_table
       where queue_name = ? and table_schema = ? and table_name = ?
         and pgq_connect.captured_name(table_oid) = array[table_schema, table_name]
       order by table_oid\
      """;

  static final String REFRESH =
      "select " + CAPTURED + " from pgq_connect.refresh_table(?, ?::oid::regclass)";

  static final String REMOVE = "select pgq_connect.remove_table(?, ?::oid::regclass)";

  static final String LIST =
      "select " + CAPTURED + " from pgq_connect.captured_table where queue_name = ? order by 2, 3";

  static final String COPIES =
      "select table_schema, table_name, state from pgq_connect.table_copy where queue_name = ?";

  static final String RENEW_ROW_MARKS = "select pgq_connect.renew_row_marks(?)";

  static final String NOTE_UNORDERED = "select pgq_connect.note_unordered(?, ?, ?)";

  static final String VERIFY =
      """
      select queue_name, table_schema, table_name, state, detail, remedy
        from pgq_connect.capture_status(?)
      """;

  /**
   * Tables that have another name than their events. Without functions of ours: a connector that
   * did not install cannot call them.
   */
  static final String RENAMED =
      """
      select c.table_schema, c.table_name, n.nspname, r.relname,
             exists (select from pg_catalog.pg_class s join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
                      where (sn.nspname, s.relname) = (c.table_schema, c.table_name) and s.relkind in ('r', 'p')
                        and not exists (select from pgq_connect.captured_table k
                                         where k.queue_name = c.queue_name and k.table_oid = s.oid))
        from pgq_connect.captured_table c
        join pg_catalog.pg_class r
          on r.oid = coalesce(pg_catalog.pg_partition_root(c.table_oid::regclass)::oid, c.table_oid)
        join pg_catalog.pg_namespace n on n.oid = r.relnamespace
       where c.queue_name = ? and (n.nspname, r.relname) <> (c.table_schema, c.table_name)
      """;

  private CaptureSql() {}
}
