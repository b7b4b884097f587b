-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_operations: what a maintenance daemon should call now, one call a transaction.
-- Returns: set of (function, argument or NULL); "vacuum" stands for the command.
create or replace function pgq.maint_operations(out func_name text, out func_arg text) returns setof record
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select 'pgq.maint_rotate_tables_step1'::text, queue_name
          from pgq.queue
         where queue_switch_step2 is not null and queue_switch_time + queue_rotation_period < now()
         order by queue_name;
    if found or exists (select from pgq.queue where queue_switch_step2 is null) then
        return query select 'pgq.maint_rotate_tables_step2'::text, null::text;
    end if;
    return query
        select extra, queue_name from pgq.queue cross join unnest(queue_extra_maint) extra order by queue_name;
    -- Cascaded queues and Londiste have no row of their own in pgq.queue: their functions are found by name.
    if to_regclass('pgq_node.node_info') is not null
       and exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                    where n.nspname = 'pgq_node' and p.proname = 'maint_watermark') then
        return query execute $sql$select 'pgq_node.maint_watermark'::text, queue_name
            from pgq_node.node_info where node_type = 'root' order by queue_name$sql$;
    end if;
    if exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where n.nspname = 'londiste' and p.proname = 'periodic_maintenance') then
        return query select 'londiste.periodic_maintenance'::text, null::text;
    end if;
    return query
        select 'vacuum'::text, t from pgq.maint_tables_to_vacuum() t;
end
$$;
