-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_retry: has all events of an open batch delivered again to its consumer, after a time.
-- Parameters: i_batch_id, i_retry_seconds from now.
-- Returns: how many events were not waiting for that already.
create or replace function pgq.batch_retry(i_batch_id bigint, i_retry_seconds integer) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s     pgq.subscription%rowtype;
    added integer;
begin
    select * into s from pgq.subscription where sub_batch = i_batch_id;
    if not found then
        raise exception 'batch_retry: batch % not found', i_batch_id;
    end if;
    insert into pgq.retry_queue (ev_retry_after, ev_queue, ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,
                                 ev_extra1, ev_extra2, ev_extra3, ev_extra4)
        select now() + make_interval(secs => i_retry_seconds), s.sub_queue, ev_id, ev_time, s.sub_id,
               coalesce(ev_retry, 0) + 1, ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3, ev_extra4
          from pgq.get_batch_events(i_batch_id)
        on conflict on constraint rq_pkey do nothing;
    get diagnostics added = row_count;
    return added;
end
$$;
