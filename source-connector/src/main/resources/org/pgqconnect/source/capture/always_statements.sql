-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.always_statements: what makes a captured table's triggers fire for the workers of a
-- subscription, for a sink, and where they did before.
-- Parameters: the captured table.
-- Returns: ALTER TABLE statements, one a table; NULL when there is nothing to do.
create or replace function pgq_connect.always_statements(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(s.statement, '; ' order by s.tgrelid)
      from (select t.tgrelid, format('ALTER TABLE %s %s', t.tgrelid::regclass,
                                     string_agg(format('ENABLE ALWAYS TRIGGER %I', t.tgname), ', ' order by t.tgname)) as statement
              from pg_trigger t join pg_proc p on p.oid = t.tgfoid
             where t.tgrelid in (select c.table_oid union select relid from pg_partition_tree(c.table_oid::regclass))
               and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name and t.tgenabled <> 'A'
               and pgq_connect.always_reason(c) is not null
             group by t.tgrelid) s
$$;
