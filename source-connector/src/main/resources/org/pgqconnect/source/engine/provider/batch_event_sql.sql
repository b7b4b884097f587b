-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.batch_event_sql: a query for all events of an open batch, whatever PgQ it is. The extension's
-- own query leaves the older event tables out as soon as every transaction of the batch began after the last switch.
-- But a REPEATABLE READ transaction may begin to write after a switch, with a snapshot from before it, and then it
-- writes into an older table. Of a table that is left out only such events have the ids of the batch's transactions.
-- These have ended, so a probe of its index tells whether there are any, and a table without is left alone: a rotation
-- need not wait for the reader.
-- Parameters: the batch.
-- Returns: the text of the query; its columns are those of pgq.get_batch_events.
create or replace function pgq_connect.batch_event_sql(batch bigint) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    sql   text := regexp_replace(pgq.batch_event_sql(batch), '[[:space:]]*order by 1[[:space:]]*$', '');
    read  constant text[] := array(select replace(t, '"', '') from pgq.batch_event_tables(batch) t);
    b     record;
    data  text;
    ended bigint[];
    late  text;
    found_late boolean;
begin
    select s.sub_id, prev.tick_snapshot as prev_snapshot, cur.tick_snapshot as cur_snapshot,
           q.queue_data_pfx, q.queue_ntables, q.queue_switch_step1 is distinct from q.queue_switch_step2 as rotated
      into strict b
      from pgq.subscription s
      join pgq.queue q on q.queue_id = s.sub_queue
      join pgq.tick prev on prev.tick_queue = s.sub_queue and prev.tick_id = s.sub_last_tick
      join pgq.tick cur on cur.tick_queue = s.sub_queue and cur.tick_id = s.sub_next_tick
     where s.sub_batch = batch;
    -- Those that were at work at the first tick and are not at the second; a range of ids from the oldest of them on
    -- would be read again with every batch until a long transaction ends.
    ended := array(select x from txid_snapshot_xip(b.prev_snapshot) x where txid_visible_in_snapshot(x, b.cur_snapshot));
    for nr in 0 .. b.queue_ntables - 1 loop
        exit when not b.rotated; -- only a queue's creation sets both to one transaction
        data := b.queue_data_pfx || '_' || nr;
        continue when data = any (read);
        late := format('from %s ev where (ev.ev_txid >= %s and ev.ev_txid <= %s or ev.ev_txid = any (%L::bigint[]))'
                       ' and pg_catalog.txid_visible_in_snapshot(ev.ev_txid, %L)'
                       ' and (ev.ev_owner is null or ev.ev_owner = %s)',
                       pgq.quote_fqname(data), txid_snapshot_xmax(b.prev_snapshot), txid_snapshot_xmax(b.cur_snapshot), ended,
                       b.cur_snapshot, b.sub_id);
        execute format('select exists (select %s)', late) into found_late;
        continue when not found_late;
        sql := sql || format(
            ' union all select ev.ev_id, ev.ev_time, ev.ev_txid, ev.ev_retry, ev.ev_type, ev.ev_data, ev.ev_extra1, ev.ev_extra2,'
            ' ev.ev_extra3, ev.ev_extra4 %s', late);
    end loop;
    return sql || ' order by 1';
end
$$;
