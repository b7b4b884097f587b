-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_retry_events: moves due events from the retry queue back into their queues, ten in one call.
-- Returns: how many were moved; callers repeat until it is 0.
create or replace function pgq.maint_retry_events() returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    r     record;
    moved integer := 0;
begin
    for r in
        select queue_name, rq.* from pgq.retry_queue rq join pgq.queue on queue_id = ev_queue
         where ev_retry_after <= now()
         order by ev_retry_after, ev_id limit 10
           for update of rq skip locked
    loop
        perform pgq.insert_event_raw(r.queue_name, r.ev_id, r.ev_time, r.ev_owner, r.ev_retry, r.ev_type, r.ev_data,
                                     r.ev_extra1, r.ev_extra2, r.ev_extra3, r.ev_extra4);
        delete from pgq.retry_queue where ev_owner = r.ev_owner and ev_id = r.ev_id;
        moved := moved + 1;
    end loop;
    return moved;
end
$$;
