-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.register_consumer_at: subscribes a consumer at a tick, or moves it there; an open batch is dropped by
-- the move.
-- Parameters: queue, consumer, and the tick, which must still exist; NULL means the queue's last tick,
-- and leaves an existing subscription alone.
-- Returns: 1 when the subscription is new, else 0.
create or replace function pgq.register_consumer_at(x_queue_name text, x_consumer_name text, x_tick_pos bigint)
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    the_queue    integer;
    the_consumer integer;
    start_tick   bigint;
begin
    -- The lock keeps a rotation from removing the tick that is chosen here.
    select queue_id into the_queue from pgq.queue where queue_name = x_queue_name for key share;
    if not found then
        raise exception 'Event queue not created yet' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    insert into pgq.consumer (co_name) values (x_consumer_name) on conflict (co_name) do nothing;
    select co_id into the_consumer from pgq.consumer where co_name = x_consumer_name for key share;

    perform from pgq.subscription where sub_queue = the_queue and sub_consumer = the_consumer;
    if found and x_tick_pos is null then
        return 0;
    end if;
    if x_tick_pos is null then
        select max(tick_id) into start_tick from pgq.tick where tick_queue = the_queue;
        if start_tick is null then
            raise exception 'No ticks for this queue.  Please run ticker on database.';
        end if;
    else
        select tick_id into start_tick from pgq.tick where tick_queue = the_queue and tick_id = x_tick_pos;
        if not found then
            raise exception 'cannot reposition, tick not found: %', x_tick_pos;
        end if;
    end if;
    insert into pgq.subscription (sub_queue, sub_consumer, sub_last_tick)
        values (the_queue, the_consumer, start_tick)
        on conflict (sub_queue, sub_consumer) do nothing;
    if found then
        return 1;
    end if;
    if x_tick_pos is not null then
        update pgq.subscription
           set sub_last_tick = start_tick, sub_batch = null, sub_next_tick = null, sub_active = now()
         where sub_queue = the_queue and sub_consumer = the_consumer;
    end if;
    return 0;
end
$$;

-- Function pgq.register_consumer: subscribes a consumer at the queue's last tick, so that it sees later events only.
-- Parameters: queue, consumer.
-- Returns: 1 when the subscription is new, else 0.
create or replace function pgq.register_consumer(x_queue_name text, x_consumer_id text) returns integer
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select pgq.register_consumer_at(x_queue_name, x_consumer_id, null) $$;
