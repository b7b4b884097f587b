-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.always_reason: why a captured table's triggers have to be ENABLE ALWAYS.
-- Parameters: the captured table.
-- Returns: the reason; NULL when they need not be.
create or replace function pgq_connect.always_reason(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when pgq_connect.is_subscribed(c.table_oid) then 'a subscription of logical replication writes to it'
                when pgq_connect.is_replicated(c.table_oid) then 'a sink of pgq-connect writes to it'
                when pgq_connect.is_replicated(c.table_oid) is null
                then format('a sink may write to it, which role %s cannot see before '
                            'GRANT SELECT (table_schema, table_name) ON pgq_connect.subscribed_table TO %1$s', quote_ident(current_user))
                when c.fires_always or c.trigger_marks like '%/A/%' then 'they were before' end
$$;
