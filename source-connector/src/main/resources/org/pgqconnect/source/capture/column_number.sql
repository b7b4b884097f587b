-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.column_number: a column's number, which stays when the column gets another name, and which no
-- other column of any table in this catalog has. That of a partition's column is that of the whole table's.
-- Parameters: a table's oid; the column's attnum and name.
-- Returns: bigint.
create or replace function pgq_connect.column_number(rel oid, num smallint, name name) returns bigint
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select root.attrelid::bigint * 65536 + root.attnum
                       from pg_class c join pg_attribute root on root.attrelid = pg_partition_root(c.oid) and root.attname = name
                      where c.oid = rel and c.relispartition), rel::bigint * 65536 + num)
$$;
