-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_event_sql: a query for the events of an open batch, in the order of their ids.
-- Three things bound the work to the batch's own size: the index range from xmax(prev) to xmax(cur); the exact list
-- of older transactions that were in progress at prev and have ended at cur; and a lower bound moved down
-- for those of them that are within 100 ids of xmax(prev), which keeps the list short.
-- Parameters: x_batch_id.
-- Returns: the text of the query; its columns are those of pgq.get_batch_events.
create or replace function pgq.batch_event_sql(x_batch_id bigint) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    near     constant bigint := 100;
    b        record;
    low      bigint;
    ended    text;
    visible  text;
    branches text[] := '{}';
    part     text;
    data     text;
begin
    select s.sub_id, prev.tick_snapshot as prev_snapshot, cur.tick_snapshot as cur_snapshot,
           txid_snapshot_xmax(prev.tick_snapshot) as prev_xmax, txid_snapshot_xmax(cur.tick_snapshot) as cur_xmax
      into b
      from pgq.subscription s
      join pgq.tick prev on prev.tick_queue = s.sub_queue and prev.tick_id = s.sub_last_tick
      join pgq.tick cur on cur.tick_queue = s.sub_queue and cur.tick_id = s.sub_next_tick
     where s.sub_batch = x_batch_id;
    if not found then
        raise exception 'batch not found' using detail = format('There is no open batch %s.', x_batch_id);
    end if;

    select coalesce(min(id) filter (where id >= b.prev_xmax - near), b.prev_xmax),
           string_agg(id::text, ', ' order by id) filter (where id < b.prev_xmax - near)
      into low, ended
      from txid_snapshot_xip(b.prev_snapshot) id
     where txid_visible_in_snapshot(id, b.cur_snapshot);

    visible := format('pg_catalog.txid_visible_in_snapshot(ev.ev_txid, %L)'
                      ' and not pg_catalog.txid_visible_in_snapshot(ev.ev_txid, %L)'
                      ' and (ev.ev_owner is null or ev.ev_owner = %s)', b.cur_snapshot, b.prev_snapshot, b.sub_id);
    for data in select * from pgq.batch_event_tables(x_batch_id) loop
        part := 'select ev.ev_id, ev.ev_time, ev.ev_txid, ev.ev_retry, ev.ev_type, ev.ev_data,'
                ' ev.ev_extra1, ev.ev_extra2, ev.ev_extra3, ev.ev_extra4 from ' || data || ' ev where ';
        branches := branches || (part || format('ev.ev_txid >= %s and ev.ev_txid <= %s and ',
                                                low, b.cur_xmax) || visible);
        if ended is not null then
            -- Aborted transactions of the list left nothing; the others are visible at cur, and were not at prev.
            branches := branches || (part || format('ev.ev_txid in (%s) and ', ended) || visible);
        end if;
    end loop;
    return array_to_string(branches, ' union all ') || ' order by 1';
end
$$;
