-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.may_look_up: whether this role sees all rows of a table.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.may_look_up(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select has_table_privilege(rel, 'SELECT') and not row_security_active(rel)
$$;
