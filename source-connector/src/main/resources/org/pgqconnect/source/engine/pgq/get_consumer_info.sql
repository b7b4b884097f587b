-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_consumer_info: where consumers are.
-- Parameters: i_queue_name, i_consumer_name; NULL for all.
-- Returns: set of rows; lag: age of the last finished tick, last_seen: time since the consumer's last call,
-- pending_events: from the last finished tick to the queue's last tick.
create or replace function pgq.get_consumer_info(
    in i_queue_name text, in i_consumer_name text,
    out queue_name text, out consumer_name text, out lag interval, out last_seen interval, out last_tick bigint,
    out current_batch bigint, out next_tick bigint, out pending_events bigint)
    returns setof record
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select q.queue_name, c.co_name, now() - at.tick_time, now() - s.sub_active, s.sub_last_tick, s.sub_batch,
           s.sub_next_tick,
           (select top.tick_event_seq from pgq.tick top where top.tick_queue = s.sub_queue
             order by top.tick_id desc limit 1) - at.tick_event_seq
      from pgq.subscription s
      join pgq.queue q on q.queue_id = s.sub_queue
      join pgq.consumer c on c.co_id = s.sub_consumer
      left join pgq.tick at on at.tick_queue = s.sub_queue and at.tick_id = s.sub_last_tick
     where (i_queue_name is null or q.queue_name = i_queue_name)
       and (i_consumer_name is null or c.co_name = i_consumer_name)
     order by q.queue_name, c.co_name
$$;

-- Function pgq.get_consumer_info: where the consumers of one queue are.
-- Parameters: i_queue_name.
-- Returns: as above.
create or replace function pgq.get_consumer_info(
    in i_queue_name text,
    out queue_name text, out consumer_name text, out lag interval, out last_seen interval, out last_tick bigint,
    out current_batch bigint, out next_tick bigint, out pending_events bigint)
    returns setof record
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.get_consumer_info(i_queue_name, null) $$;

-- Function pgq.get_consumer_info: where all consumers are.
-- Returns: as above.
create or replace function pgq.get_consumer_info(
    out queue_name text, out consumer_name text, out lag interval, out last_seen interval, out last_tick bigint,
    out current_batch bigint, out next_tick bigint, out pending_events bigint)
    returns setof record
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.get_consumer_info(null, null) $$;
