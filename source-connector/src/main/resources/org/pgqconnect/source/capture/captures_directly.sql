-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.captures_directly: whether a table's function has direct_branches. Not if events are not just
-- the rows' images, or if more queries have to follow.
-- Parameters: captured table.
-- Returns: boolean.
create or replace function pgq_connect.captures_directly(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select c.options is null
           and case c.form when 'row' then pgq_connect.look_up_reason(c.table_oid, c.key_columns)
                           else pgq_connect.correction_reason(c) end is null
           and not exists (select from pg_class where oid = c.table_oid and (relkind = 'p' or relispartition))
$$;
