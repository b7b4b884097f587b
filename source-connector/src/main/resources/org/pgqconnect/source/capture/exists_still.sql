-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.exists_still: whether a table is there, for a session whose guess is older than the queue.
-- Declared IMMUTABLE for the same reason and with the same care as layout_of: an expression that also has the table's
-- oid as a regclass constant is planned anew when the table is dropped.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.exists_still(rel oid) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select pg_relation_filenode(rel) is not null
$$;
