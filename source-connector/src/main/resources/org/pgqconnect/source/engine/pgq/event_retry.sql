-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.event_retry: has one event of an open batch delivered again to its consumer, after a time.
-- Parameters: x_batch_id, x_event_id, x_retry_time.
-- Returns: 1, or 0 when the event is waiting for that already.
create or replace function pgq.event_retry(x_batch_id bigint, x_event_id bigint, x_retry_time timestamptz)
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s pgq.subscription%rowtype;
    e record;
begin
    select * into s from pgq.subscription where sub_batch = x_batch_id;
    if not found then
        raise exception 'event not found' using detail = format('There is no open batch %s.', x_batch_id);
    end if;
    execute format('select * from (%s) ev where ev_id = $1 limit 1', pgq.batch_event_sql(x_batch_id))
       into e using x_event_id;
    if e.ev_id is null then
        raise exception 'event not found' using detail = format('Event %s, batch %s.', x_event_id, x_batch_id);
    end if;
    insert into pgq.retry_queue (ev_retry_after, ev_queue, ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,
                                 ev_extra1, ev_extra2, ev_extra3, ev_extra4)
        values (x_retry_time, s.sub_queue, e.ev_id, e.ev_time, s.sub_id, coalesce(e.ev_retry, 0) + 1, e.ev_type,
                e.ev_data, e.ev_extra1, e.ev_extra2, e.ev_extra3, e.ev_extra4)
        on conflict on constraint rq_pkey do nothing;
    return case when found then 1 else 0 end;
end
$$;

-- Function pgq.event_retry: as above.
-- Parameters: x_batch_id, x_event_id, x_retry_seconds from now.
-- Returns: 1, or 0 when the event is waiting for that already.
create or replace function pgq.event_retry(x_batch_id bigint, x_event_id bigint, x_retry_seconds integer)
    returns integer
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select pgq.event_retry(x_batch_id, x_event_id, now() + make_interval(secs => x_retry_seconds)) $$;
