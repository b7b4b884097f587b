-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.generate_function: makes a table's trigger function fit its queue and layout.
-- Parameters: captured table, queue, layout.
-- Returns: nothing.
create or replace function pgq_connect.generate_function(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    -- A variable hides TG_OP on purpose.
    set plpgsql.extra_errors = 'none'
    set plpgsql.extra_warnings = 'none'
as $$
begin
    execute pgq_connect.function_source(c, q, l);
    execute format('revoke all on function pgq_connect.%I() from public', c.function_name);
    -- PostgreSQL clones the trigger onto a new partition in the name of the role that makes or attaches it.
    if exists (select from pg_class where oid = c.table_oid and relkind = 'p') then
        execute format('grant execute on function pgq_connect.%I() to %s', c.function_name,
                       (select relowner::regrole from pg_class where oid = c.table_oid));
    end if;
end
$$;
