-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_closed: whether a captured table has a row condition that cannot be evaluated now.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.is_closed(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when exists (select from pg_class where oid = c.table_oid)
                then coalesce((pgq_connect.shape_of_captured(c) ->> 'closed')::boolean, false) else false end
$$;
