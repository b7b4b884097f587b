-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.event_table: one of a queue's event tables.
-- Parameters: queue, number of the table.
-- Returns: its quoted name.
create or replace function pgq_connect.event_table(q pgq.queue, nr integer) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select format('%I.%I', split_part(q.queue_data_pfx, '.', 1), split_part(q.queue_data_pfx, '.', 2) || '_' || nr)
$$;
