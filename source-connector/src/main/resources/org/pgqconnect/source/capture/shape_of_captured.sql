-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shape_of_captured: what a captured table's options make of its rows now.
-- Parameters: the captured table; copying: see pgq_connect.shape.
-- Returns: as pgq_connect.shape; NULL when it has no options.
create or replace function pgq_connect.shape_of_captured(c pgq_connect.captured_table, copying boolean default false)
    returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.shape(c.options, c.table_oid, case when c.key_chosen then c.key_columns end, copying)
     where c.options is not null
$$;
