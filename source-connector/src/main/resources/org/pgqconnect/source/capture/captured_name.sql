-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.captured_name: the name under which a table's changes are captured: its own, or that of the
-- partitioned table at the top.
-- Parameters: a table's oid.
-- Returns: {schema, table}, unquoted; NULL when there is no such table. It sees a committed rename even when
-- the transaction's snapshot is older.
create or replace function pgq_connect.captured_name(rel oid) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when name ~ E'^\\d+$' then null else parse_ident(name) end
      from (select coalesce(pg_partition_root(rel::regclass), rel)::regclass::text as name) named
$$;
