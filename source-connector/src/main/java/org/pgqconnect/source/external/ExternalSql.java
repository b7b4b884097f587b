/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

/** The statements of {@link ExternalTables}. */
final class ExternalSql {
  // tgargs is a bytea of texts that each end with a zero byte, so it is split as hexadecimal
  // digits.
  static final String TRIGGERS =
      """
      select n.nspname, c.relname, t.tgname, p.proname, t.tgenabled in ('O', 'A'), t.tgtype & 1 = 1,
             a.args[2:], pg_get_triggerdef(t.oid)
        from pg_catalog.pg_trigger t
        join pg_catalog.pg_proc p on p.oid = t.tgfoid
        join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       cross join lateral (
             select array_agg(convert_from(decode(replace(u.hex, ' ', ''), 'hex'), getdatabaseencoding())
                              order by u.nr) as args
               from unnest(string_to_array(
                        regexp_replace(encode(t.tgargs, 'hex'), '(..)', '\\1 ', 'g'), '00 '))
                    with ordinality u (hex, nr)
              where u.nr <= t.tgnargs) a
       where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = 'pgq')
         and p.proname in ('logutriga', 'jsontriga', 'sqltriga')
         and a.args[1] = ? and not 'deny' = any (a.args[2:])
       order by 1, 2, 3\
      """;

  /**
   * A partition that is captured under its own name computes its columns by its own expressions.
   */
  static final String COLUMNS =
      """
      select (select jsonb_agg(case when a ->> 'expression' is null then a
                                    else a || jsonb_build_object('expression', pgq_connect.expression_of(c.oid, (a ->> 'attnum')::smallint)) end
                               order by nr)
                from jsonb_array_elements(pgq_connect.columns_of(c.oid)) with ordinality x (a, nr))::text,
             array_to_json(pgq_connect.key_of(c.oid, ?::text[]))::text
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ? and c.relname = ? and c.relkind in ('r', 'p', 'v', 'f')\
      """;

  static final String VERSION =
      """
      select concat_ws(' ', c.oid, (
               select string_agg(concat_ws(':', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, d.oid), ' '
                                 order by a.attnum)
                 from pg_catalog.pg_attribute a
                 left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated <> ''
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ? and c.relname = ?\
      """;

  private ExternalSql() {}
}
