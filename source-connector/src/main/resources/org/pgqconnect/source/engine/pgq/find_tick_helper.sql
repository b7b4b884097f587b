-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.find_tick_helper: the tick that ends a batch of at least so many events or so much time.
-- The last tick does, unless that would make the batch more than twice as large as asked for.
-- Parameters: the queue, the tick before the batch with its time and event sequence, the two lower bounds
-- (either may be NULL; reaching one is enough).
-- Returns: the tick, or NULLs when neither bound is reached yet.
create or replace function pgq.find_tick_helper(
    in i_queue_id integer, in i_prev_tick_id bigint, in i_prev_tick_time timestamptz, in i_prev_tick_seq bigint,
    in i_min_count bigint, in i_min_interval interval,
    out next_tick_id bigint, out next_tick_time timestamptz, out next_tick_seq bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    events  bigint;
    span    interval;
begin
    select tick_id, tick_time, tick_event_seq into next_tick_id, next_tick_time, next_tick_seq
      from pgq.tick where tick_queue = i_queue_id and tick_id > i_prev_tick_id
     order by tick_id desc limit 1;
    events := next_tick_seq - i_prev_tick_seq;
    span := next_tick_time - i_prev_tick_time;
    if (events >= i_min_count or span >= i_min_interval) is not true then
        next_tick_id := null;
        next_tick_time := null;
        next_tick_seq := null;
        return;
    end if;
    if events > i_min_count * 2 or span > i_min_interval * 2 then
        select tick_id, tick_time, tick_event_seq into next_tick_id, next_tick_time, next_tick_seq
          from pgq.tick
         where tick_queue = i_queue_id and tick_id > i_prev_tick_id
           and (tick_event_seq - i_prev_tick_seq >= i_min_count or tick_time - i_prev_tick_time >= i_min_interval)
         order by tick_id limit 1;
    end if;
end
$$;
