-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_replicated: whether a sink of pgq-connect writes to a table, or to one of its partitions: the database is a
-- subscriber, too. Where the sink may, it writes with session_replication_role = replica, and fires no trigger that is not ENABLE ALWAYS.
-- Parameters: a table's oid.
-- Returns: boolean; false when this role cannot know.
create or replace function pgq_connect.is_replicated(rel oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    subscribed constant regclass := to_regclass('pgq_connect.subscribed_table');
    answer boolean;
begin
    if subscribed is null or not has_table_privilege(subscribed, 'SELECT') then
        return false;
    end if;
    execute 'select exists (select from pgq_connect.subscribed_table s
                              join pg_namespace n on n.nspname = s.table_schema
                              join pg_class c on c.relnamespace = n.oid and c.relname = s.table_name
                             where c.oid = $1 or c.oid in (select relid from pg_partition_tree($1::regclass))
                                or c.oid in (select relid from pg_partition_ancestors($1::regclass)))' into answer using rel;
    return answer;
end
$$;

-- Function pgq_connect.always_reason: why a captured table's triggers have to be ENABLE ALWAYS.
-- Parameters: the captured table.
-- Returns: the reason; NULL when they need not be.
create or replace function pgq_connect.always_reason(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when pgq_connect.is_subscribed(c.table_oid) then 'a subscription of logical replication writes to it'
                when pgq_connect.is_replicated(c.table_oid) then 'a sink of pgq-connect writes to it'
                when c.fires_always or c.trigger_marks like '%/A/%' then 'they were before' end
$$;

-- Function pgq_connect.always_statements: what makes a captured table's triggers fire for the workers of a subscription, for a sink, and
-- where they did before.
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

-- Function pgq_connect.enable_always: runs always_statements, if this role can: it takes the tables' owner. Where it cannot, the
-- table's state shows it.
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
        raise warning 'The triggers of table % are not ENABLE ALWAYS yet, and have to be, because %: such changes are not captured',
            c.table_oid::regclass, pgq_connect.always_reason(c)
            using hint = format('The table''s owner has to run: %s', statements);
        return;
    end if;
    execute statements;
end
$$;
