-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.captured_truncate: the part of a trigger function that captures a TRUNCATE. Where rows are
-- captured late, that comes after it.
-- Parameters: captured table, queue, layout; number of the layout, as SQL text.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.captured_truncate(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, number text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, '''t'', null, null', number), '            ')
           || case when pgq_connect.captures_late(c) then ''
                   else format(E'\n            perform pgq_connect.capture_rows_after_truncate(%L, TG_RELID, %L, %L);', c.queue_name,
                               case when c.key_chosen then c.key_columns end, c.options) end
$$;
