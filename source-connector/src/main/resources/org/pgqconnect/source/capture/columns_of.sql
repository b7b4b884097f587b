-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.columns_of: the live columns of a table, in the order of its rows' text.
-- Parameters: a table's oid.
-- Returns: jsonb as in pgq_connect.layout.columns; NULL when there is no such table.
create or replace function pgq_connect.columns_of(rel oid) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select jsonb_agg(jsonb_build_object(
               'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
               'base', case t.typtype
                           when 'd' then (select typname from pg_type where oid = pgq_connect.base_type(t.oid))
                           else t.typname
                       end,
               'not_null', a.attnotnull, 'generated', a.attgenerated <> '') order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = rel and a.attnum > 0 and not a.attisdropped
$$;
