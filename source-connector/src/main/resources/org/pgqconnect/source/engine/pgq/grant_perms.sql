-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.grant_perms: gives a queue's tables the grants of pgq.event_template, and lets everybody see its
-- sequences.
-- Parameters: x_queue_name.
-- Returns: 1.
create or replace function pgq.grant_perms(x_queue_name text) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q   pgq.queue%rowtype;
    seq text;
begin
    select * into q from pgq.queue where queue_name = x_queue_name;
    if not found then
        raise exception 'Queue not found' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    foreach seq in array array[q.queue_event_seq, q.queue_tick_seq] loop
        execute format('grant select on sequence %s to public', pgq.quote_fqname(seq));
    end loop;
    if exists (select from pg_roles where rolname = 'pgq_admin') then
        execute format('grant usage on sequence %s to pgq_admin', pgq.quote_fqname(q.queue_event_seq));
    end if;
    perform pgq._grant_perms_from('pgq', 'event_template', split_part(q.queue_data_pfx, '.', 1),
                                  split_part(q.queue_data_pfx, '.', 2));
    for i in 0 .. q.queue_ntables - 1 loop
        perform pgq._grant_perms_from('pgq', 'event_template', split_part(q.queue_data_pfx, '.', 1),
                                      split_part(q.queue_data_pfx, '.', 2) || '_' || i);
    end loop;
    return 1;
end
$$;
