-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Rights on schema pgq, as in PgQ: tables of state are readable by all, events by pgq_reader only; functions
-- are for producers (pgq_writer), consumers (pgq_reader), administration (pgq_admin) or everybody.
do $grants$
declare
    everybody constant text[] := array['version', 'quote_fqname', 'seq_getval', 'get_queue_info', 'get_consumer_info',
                                       '_pgq_connect_engine', '_row_values', '_urlencode', '_urlencode_row', '_json_row', '_sql_row',
                                       '_trigger_options', '_changed_columns', '_doubt_collations', '_row_with_generated',
                                       '_is_magic', '_trigger_type', '_left_out',
                                       '_keep_generated', '_is_of_interest', '_has_dates', '_magic_fields', '_with_columns',
                                       '_trigger_expression', '_trigger_condition', '_trigger_event'];
    producers constant text[] := array['insert_event', 'current_event_table', 'sqltriga', 'logutriga', 'jsontriga'];
    consumers constant text[] := array[
        'register_consumer', 'register_consumer_at', 'unregister_consumer', 'next_batch', 'next_batch_info',
        'next_batch_custom', 'find_tick_helper', 'batch_event_sql', 'batch_event_tables', 'get_batch_events',
        'get_batch_cursor', 'get_batch_info', 'finish_batch', 'event_retry', 'batch_retry', 'force_tick'];
    f record;
    r record;
begin
    grant usage on schema pgq to public;
    grant select on pgq.queue, pgq.tick, pgq.consumer, pgq.subscription to public;
    for f in
        select p.oid::regprocedure as signature, p.proname::text as name
          from pg_catalog.pg_proc p
         where p.pronamespace = 'pgq'::regnamespace
           and pg_catalog.pg_has_role(p.proowner, 'usage')
    loop
        execute pg_catalog.format('revoke all on function %s from public', f.signature);
        if f.name = any (everybody) then
            execute pg_catalog.format('grant execute on function %s to public', f.signature);
        end if;
        for r in
            select rolname from pg_catalog.pg_roles
             where (rolname = 'pgq_writer' and f.name = any (producers))
                or (rolname = 'pgq_reader' and f.name = any (consumers))
                or rolname = 'pgq_admin'
        loop
            execute pg_catalog.format('grant execute on function %s to %I', f.signature, r.rolname);
        end loop;
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'pgq_reader') then
        grant select on pgq.event_template, pgq.queue, pgq.tick, pgq.consumer, pgq.subscription to pgq_reader;
    end if;
    if exists (select from pg_catalog.pg_roles where rolname = 'pgq_admin') then
        grant select, insert, update, delete on pgq.queue, pgq.tick, pgq.consumer, pgq.subscription, pgq.retry_queue
            to pgq_admin;
        grant insert, select, truncate on pgq.event_template to pgq_admin;
    end if;
end
$grants$;
