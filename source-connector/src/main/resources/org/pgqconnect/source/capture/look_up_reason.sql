-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.look_up_reason: why rows of a table may have to be looked up in either form of capture.
-- Parameters: a table's oid; the key that its rows are captured by.
-- Returns: text; NULL when they need not be.
create or replace function pgq_connect.look_up_reason(rel oid, key_columns text[]) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        pgq_connect.nested_writes_reason(rel),
        case when pgq_connect.has_deferrable_key(rel, key_columns)
             then 'its key is deferrable, so that transactions may hold rows of one key at the same time' end)
$$;
