-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.request_copy: has a table copied to all subscribers, from the beginning if a copy is under way.
-- Parameters: queue; the table's schema and name, as its events carry it.
-- Returns: nothing.
create or replace function pgq_connect.request_copy(queue text, schema_of text, name_of text) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, out_of_step, requested_at)
        values (queue, schema_of, name_of, 'requested', true, clock_timestamp())
        on conflict (queue_name, table_schema, table_name) do update
           set state = 'requested', out_of_step = true, copy_id = default, last_key = null, rows_copied = 0, consistent_tick = null,
               requested_at = excluded.requested_at, finished_at = null;
    select pgq_connect.forget_partitions(queue, schema_of, name_of)
$$;
