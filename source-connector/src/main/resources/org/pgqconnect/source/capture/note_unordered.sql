-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_unordered: notes durably that changes of a captured table may be in the wrong order,
-- because nothing shows it once the reason is gone: a row trigger is renamed or dropped, a right is granted.
-- Parameters: queue; the table's schema and name.
-- Returns: nothing.
create or replace function pgq_connect.note_unordered(queue text, schema_of text, name_of text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update pgq_connect.captured_table set unordered = true
     where queue_name = queue and table_schema = schema_of and table_name = name_of and not unordered
$$;
