-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_never_null: whether a column holds no null. PostgreSQL 18 has NOT NULL constraints that
-- earlier rows need not fulfil.
-- Parameters: a table's oid; the column's number.
-- Returns: boolean.
create or replace function pgq_connect.is_never_null(rel oid, num smallint) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select a.attnotnull
           and not exists (select from pg_constraint n
                            where n.conrelid = rel and n.contype = 'n' and n.conkey = array[num] and not n.convalidated)
      from pg_attribute a where a.attrelid = rel and a.attnum = num
$$;
