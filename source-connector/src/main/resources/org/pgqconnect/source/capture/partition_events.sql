-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.partition_events: a statement that writes an event for each row of a partition.
-- Parameters: queue; partition; chosen, options: as above; kind: of events.
-- Returns: SQL text.
create or replace function pgq_connect.partition_events(q pgq.queue, rel oid, chosen text[], options jsonb, kind text)
    returns text
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select 'insert into ' || pgq_connect.event_table(q, q.queue_cur_table)
           || pgq_connect.insert_head(q, p.l, format('%L, %s, null', kind, p.image), quote_literal((p.l).layout_id)) || p.rows
      from pgq_connect.partition_rows(q, rel, chosen, options) p
$$;
