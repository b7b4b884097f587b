-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_queue_info: settings and state of a queue.
-- Parameters: i_queue_name, NULL for all queues.
-- Returns: set of rows; ev_per_sec from the ticks of the last five minutes (at least the last two), ev_new: events
-- since the last tick.
create or replace function pgq.get_queue_info(
    in i_queue_name text,
    out queue_name text, out queue_ntables integer, out queue_cur_table integer, out queue_rotation_period interval,
    out queue_switch_time timestamptz, out queue_external_ticker boolean, out queue_ticker_paused boolean,
    out queue_ticker_max_count integer, out queue_ticker_max_lag interval, out queue_ticker_idle_period interval,
    out ticker_lag interval, out ev_per_sec float8, out ev_new bigint, out last_tick_id bigint)
    returns setof record
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select q.queue_name, q.queue_ntables, q.queue_cur_table, q.queue_rotation_period, q.queue_switch_time,
           q.queue_external_ticker, q.queue_ticker_paused, q.queue_ticker_max_count, q.queue_ticker_max_lag,
           q.queue_ticker_idle_period, now() - last.tick_time,
           (last.tick_event_seq - early.tick_event_seq)
               / nullif(extract(epoch from last.tick_time - early.tick_time)::float8, 0),
           pgq.seq_getval(q.queue_event_seq) - last.tick_event_seq, last.tick_id
      from pgq.queue q
      left join lateral (
           select * from pgq.tick t where t.tick_queue = q.queue_id order by t.tick_id desc limit 1) last on true
      left join lateral (
           select * from (
               (select * from pgq.tick t
                 where t.tick_queue = q.queue_id and t.tick_time >= last.tick_time - interval '5 minutes'
                   and t.tick_id < last.tick_id
                 order by t.tick_id limit 1)
               union all
               (select * from pgq.tick t
                 where t.tick_queue = q.queue_id and t.tick_id < last.tick_id order by t.tick_id desc limit 1)) found
            limit 1) early on true
     where i_queue_name is null or q.queue_name = i_queue_name
     order by q.queue_name
$$;

-- Function pgq.get_queue_info: settings and state of all queues.
-- Returns: as above.
create or replace function pgq.get_queue_info(
    out queue_name text, out queue_ntables integer, out queue_cur_table integer, out queue_rotation_period interval,
    out queue_switch_time timestamptz, out queue_external_ticker boolean, out queue_ticker_paused boolean,
    out queue_ticker_max_count integer, out queue_ticker_max_lag interval, out queue_ticker_idle_period interval,
    out ticker_lag interval, out ev_per_sec float8, out ev_new bigint, out last_tick_id bigint)
    returns setof record
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.get_queue_info(null) $$;
