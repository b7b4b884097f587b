-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_replicated: whether a sink of pgq-connect writes to a table, or to one of its partitions: the
-- database is a subscriber, too. Where the sink may, it writes with session_replication_role = replica, and fires no
-- trigger that is not ENABLE ALWAYS.
-- Parameters: a table's oid.
-- Returns: boolean; NULL when this role cannot know: the installation of the subscriber's part lets all roles read the
-- tables' names.
create or replace function pgq_connect.is_replicated(rel oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    subscribed constant regclass := to_regclass('pgq_connect.subscribed_table');
    answer boolean;
begin
    if subscribed is null then
        return false;
    end if;
    if not (has_column_privilege(subscribed, 'table_schema', 'SELECT') and has_column_privilege(subscribed, 'table_name', 'SELECT')) then
        return null;
    end if;
    execute 'select exists (select from pgq_connect.subscribed_table s
                              join pg_namespace n on n.nspname = s.table_schema
                              join pg_class c on c.relnamespace = n.oid and c.relname = s.table_name
                             where c.oid = $1 or c.oid in (select relid from pg_partition_tree($1::regclass))
                                or c.oid in (select relid from pg_partition_ancestors($1::regclass)))' into answer using rel;
    return answer;
end
$$;
