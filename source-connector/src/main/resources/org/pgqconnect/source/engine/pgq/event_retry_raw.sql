-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.event_retry_raw: puts an event with given fields into a consumer's retry queue.
-- Parameters: queue, consumer, when to deliver, and the event's fields; x_ev_id NULL draws a new id.
-- Returns: the event's id.
create or replace function pgq.event_retry_raw(
    x_queue text, x_consumer text, x_retry_after timestamptz, x_ev_id bigint, x_ev_time timestamptz,
    x_ev_retry integer, x_ev_type text, x_ev_data text, x_ev_extra1 text, x_ev_extra2 text, x_ev_extra3 text,
    x_ev_extra4 text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s  record;
    id bigint := x_ev_id;
begin
    select sub_id, queue_id, queue_event_seq into s
      from pgq.subscription
      join pgq.queue on queue_id = sub_queue
      join pgq.consumer on co_id = sub_consumer
     where queue_name = x_queue and co_name = x_consumer;
    if not found then
        raise exception 'consumer not registered' using detail = format('Consumer %s, queue %s.', x_consumer, x_queue);
    end if;
    if id is null then
        id := nextval(s.queue_event_seq::regclass);
    end if;
    insert into pgq.retry_queue (ev_retry_after, ev_queue, ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,
                                 ev_extra1, ev_extra2, ev_extra3, ev_extra4)
        values (x_retry_after, s.queue_id, id, coalesce(x_ev_time, now()), s.sub_id, x_ev_retry, x_ev_type, x_ev_data,
                x_ev_extra1, x_ev_extra2, x_ev_extra3, x_ev_extra4);
    return id;
end
$$;
