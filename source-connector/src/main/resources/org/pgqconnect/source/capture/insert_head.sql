-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.insert_head: the constant part of an INSERT of events.
-- Parameters: queue, layout; fields: what to select for ev_type, ev_data, ev_extra2; layout_nr: for ev_extra3.
-- Returns: SQL text from after the table's name up to the FROM clause.
create or replace function pgq_connect.insert_head(q pgq.queue, l pgq_connect.layout, fields text, layout_nr text)
    returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select format(' (%sev_time, ev_type, ev_data, ev_extra2, ev_extra1, ev_extra3) select %snow(), %s, %L, %s',
                  case when by_default then '' else 'ev_id, ' end,
                  case when by_default then '' else format('nextval(%L::regclass), ', q.queue_event_seq) end,
                  fields, l.table_schema || '.' || l.table_name, layout_nr)
      from pgq_connect.draws_event_ids(q) by_default
$$;
