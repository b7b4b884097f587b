-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.insert_event: writes an event in the caller's transaction.
-- Parameters: the queue and the event's fields.
-- Returns: the event's id.
create or replace function pgq.insert_event(
    queue_name text, ev_type text, ev_data text, ev_extra1 text, ev_extra2 text, ev_extra3 text, ev_extra4 text)
    returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pgq.insert_event_raw(queue_name, null, now(), null, null, ev_type, ev_data,
                                ev_extra1, ev_extra2, ev_extra3, ev_extra4);
end
$$;

-- Function pgq.insert_event: writes an event without extra fields.
-- Parameters: the queue and the event's fields.
-- Returns: the event's id.
create or replace function pgq.insert_event(queue_name text, ev_type text, ev_data text) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pgq.insert_event(queue_name, ev_type, ev_data, null, null, null, null);
end
$$;
