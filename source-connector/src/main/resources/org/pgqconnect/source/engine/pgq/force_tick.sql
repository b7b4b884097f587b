-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.force_tick: moves the event sequence so far that the ticker's next run must tick.
-- Parameters: i_queue_name.
-- Returns: the last tick so far, NULL for an unknown queue; callers poll until there is a later one.
create or replace function pgq.force_tick(i_queue_name text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    select * into q from pgq.queue where queue_name = i_queue_name;
    if not found then
        return null;
    end if;
    if not (q.queue_external_ticker or q.queue_ticker_paused) then
        -- Drawn, not set: between a look at the sequence and setval others may draw more, and it would go back.
        perform nextval(q.queue_event_seq::regclass)
           from generate_series(1, q.queue_ticker_max_count::bigint * 2 + 1001);
    end if;
    return (select max(tick_id) from pgq.tick where tick_queue = q.queue_id);
end
$$;
