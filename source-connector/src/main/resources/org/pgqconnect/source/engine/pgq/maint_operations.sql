-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_operations: what a maintenance daemon should call now, one call a transaction.
-- Also the maintenance of pgq_node (for queues whose root is here) and of Londiste, where those are installed by
-- a role that the daemon trusts anyway: otherwise any role that can create a schema could have the daemon run anything.
-- Returns: set of (function, argument or NULL); "vacuum" stands for the command.
create or replace function pgq.maint_operations(out func_name text, out func_arg text) returns setof record
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    clients text[];
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
    clients := array(
        select format('%I.%I', n.nspname, client.name)
          from (select pronamespace as schema, proname as name, proowner as owner from pg_proc
                 where oid in (to_regprocedure('pgq_node.maint_watermark(text)'),
                               to_regprocedure('londiste.root_check_seqs(text)'),
                               to_regprocedure('londiste.periodic_maintenance()'))
                union all
                select relnamespace, relname, relowner from pg_class
                 where oid in (to_regclass('pgq_node.node_info'), to_regclass('londiste.seq_info'))) client
          join pg_namespace n on n.oid = client.schema
          join pg_roles owner on owner.oid = client.owner
         where owner.rolsuper
            or owner.rolname = current_user
            or owner.oid = (select nspowner from pg_namespace where nspname = 'pgq'));
    if clients @> '{pgq_node.maint_watermark,pgq_node.node_info}' then
        return query execute
            'select ''pgq_node.maint_watermark''::text, queue_name from pgq_node.node_info
              where node_type = ''root'' order by queue_name';
    end if;
    if clients @> '{londiste.root_check_seqs,londiste.seq_info,pgq_node.node_info}' then
        return query execute
            'select distinct ''londiste.root_check_seqs''::text, s.queue_name
               from londiste.seq_info s join pgq_node.node_info n on n.queue_name = s.queue_name
              where s.local and n.node_type = ''root'' order by 2';
    end if;
    if 'londiste.periodic_maintenance' = any (clients) then
        return query select 'londiste.periodic_maintenance'::text, null::text;
    end if;
    return query
        select 'vacuum'::text, t from pgq.maint_tables_to_vacuum() t;
end
$$;
