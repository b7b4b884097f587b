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
    return query
        select 'vacuum'::text, t from pgq.maint_tables_to_vacuum() t;
end
$$;
