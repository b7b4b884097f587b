-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.always_statements: what makes a captured table's triggers fire for the workers of a subscription, too.
-- Parameters: the captured table.
-- Returns: ALTER TABLE statements, one a table; NULL when there is nothing to do, because no subscription writes to the table.
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
               and pgq_connect.is_subscribed(c.table_oid)
             group by t.tgrelid) s
$$;

-- Function pgq_connect.enable_always: runs always_statements, if this role may: it takes the tables' owner. Where it may not, the
-- table's state tells.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.enable_always(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    statements constant text := pgq_connect.always_statements(c);
begin
    if statements is null then
        return;
    end if;
    if exists (select from pg_class r
                where (r.oid = c.table_oid or r.oid in (select relid from pg_partition_tree(c.table_oid::regclass)))
                  and not pg_has_role(r.relowner, 'usage')) then
        raise warning 'What a subscription of logical replication writes to table % is not captured yet', c.table_oid::regclass
            using hint = format('The table''s owner has to run: %s', statements);
        return;
    end if;
    execute statements;
end
$$;
