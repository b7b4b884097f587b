-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.drop_triggers: drops the triggers of a captured table with their function; no other trigger.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.drop_triggers(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- Dropping locks partitions in an order of its own. Writers lock a table before its partitions, and so does this,
    -- if it may.
    if exists (select from pg_class where oid = c.table_oid and relkind = 'p')
        and has_table_privilege(c.table_oid, 'UPDATE, DELETE, TRUNCATE') then
        execute format('lock table %s in access exclusive mode', c.table_oid::regclass);
    end if;
    -- Only our own triggers depend on our function. Dropping them this way does not need the table's owner.
    execute format('drop function if exists pgq_connect.%I() cascade', c.function_name);
end
$$;
