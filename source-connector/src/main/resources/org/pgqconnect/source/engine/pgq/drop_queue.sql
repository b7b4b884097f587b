-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.drop_queue: removes a queue with all its events.
-- Parameters: x_queue_name; x_force true removes its consumers, too.
-- Returns: 1. Raises an error when the queue has consumers and x_force is not true.
create or replace function pgq.drop_queue(x_queue_name text, x_force boolean) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q    pgq.queue%rowtype;
    used text;
begin
    -- A ticker reads the sequence before it locks the queue's row; in the other order, each would wait for the other.
    -- This changes nothing, but takes the lock of DROP, and waits with nothing else in hand.
    select * into q from pgq.queue where queue_name = x_queue_name;
    if found then
        execute format('alter sequence if exists %s owner to current_user', pgq.quote_fqname(q.queue_event_seq));
    end if;
    select * into q from pgq.queue where queue_name = x_queue_name for update;
    if not found then
        raise exception 'No such event queue' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    select string_agg(co_name, ', ' order by co_name) into used
      from pgq.subscription join pgq.consumer on co_id = sub_consumer
     where sub_queue = q.queue_id;
    if used is not null and x_force is not true then
        raise exception 'cannot drop queue, consumers still attached'
            using detail = format('Queue "%s" has consumers: %s.', x_queue_name, used),
                  hint = format('Unregister them or run: select pgq.drop_queue(%L, true)', x_queue_name);
    end if;
    perform pgq.unregister_consumer(x_queue_name, co_name)
       from pgq.consumer
      where co_id in (select sub_consumer from pgq.subscription where sub_queue = q.queue_id);
    for i in 0 .. q.queue_ntables - 1 loop
        execute format('drop table if exists %s', pgq.quote_fqname(q.queue_data_pfx || '_' || i));
    end loop;
    execute format('drop table %s', pgq.quote_fqname(q.queue_data_pfx));
    delete from pgq.retry_queue where ev_queue = q.queue_id;
    delete from pgq.tick where tick_queue = q.queue_id;
    delete from pgq.queue where queue_id = q.queue_id;
    execute format('drop sequence %s, %s', pgq.quote_fqname(q.queue_event_seq), pgq.quote_fqname(q.queue_tick_seq));
    return 1;
end
$$;

-- Function pgq.drop_queue: removes a queue that has no consumer.
-- Parameters: x_queue_name.
-- Returns: 1.
create or replace function pgq.drop_queue(x_queue_name text) returns integer
    language sql strict
    set search_path = pg_catalog, pg_temp
as $$ select pgq.drop_queue(x_queue_name, false) $$;
