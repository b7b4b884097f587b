-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.draws_event_ids: whether a queue's event tables have the next event id as their default. A query
-- that draws it itself is volatile, and the planner puts it into a node of its own below the INSERT.
-- Parameters: queue.
-- Returns: boolean.
create or replace function pgq_connect.draws_event_ids(q pgq.queue) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select count(*) = q.queue_ntables
      from generate_series(0, q.queue_ntables - 1) nr
      join pg_attrdef d on d.adrelid = to_regclass(pgq_connect.event_table(q, nr))
      join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attname = 'ev_id'
     where pg_get_expr(d.adbin, d.adrelid) = format('nextval(%L::regclass)', q.queue_event_seq)
$$;
