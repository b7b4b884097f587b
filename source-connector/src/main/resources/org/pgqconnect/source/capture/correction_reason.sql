-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.correction_reason: why what a captured table's trigger function has just captured may be wrong
-- by now.
-- Parameters: captured table.
-- Returns: text; NULL when it is right.
create or replace function pgq_connect.correction_reason(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        pgq_connect.nested_writes_reason(c.table_oid),
        case when c.form = 'statement'
             then pgq_connect.chained_actions_reason(c.table_oid, c.key_columns, c.options is not null) end)
$$;
