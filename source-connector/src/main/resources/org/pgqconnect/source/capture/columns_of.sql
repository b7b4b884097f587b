-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.columns_of: the live columns of a table, in the order of its rows' text. Numbers and expressions
-- of a partition's columns are those of the whole table.
-- Parameters: a table's oid.
-- Returns: jsonb as in pgq_connect.layout.columns; NULL when there is no such table.
create or replace function pgq_connect.columns_of(rel oid) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    -- Without further functions where they are not needed: a session's first write waits for this.
    select jsonb_agg(jsonb_build_object(
               'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
               'base', case when t.typtype = 'd' then pgq_connect.base_name(t.oid)
                            when n.nspname = 'pg_catalog' then t.typname
                            else n.nspname || '.' || t.typname
                       end,
               'expanded', case when a.atttypid >= 16384 then pgq_connect.expanded_type(a.atttypid, a.atttypmod) end,
               'not_null', a.attnotnull, 'generated', a.attgenerated <> '', 'attnum', a.attnum,
               'number', case when c.relispartition then pgq_connect.column_number(c.oid, a.attnum, a.attname)
                              else c.oid::bigint * 65536 + a.attnum end,
               'collation', case when a.attcollation >= 16384 then pgq_connect.loose_collation(a.attcollation) end,
               'expression', case when a.attgenerated = '' then null
                                  when c.relispartition
                                  then (select pgq_connect.expression_of(root.attrelid, root.attnum) from pg_attribute root
                                         where root.attrelid = pg_partition_root(c.oid) and root.attname = a.attname)
                                  else pgq_connect.expression_of(a.attrelid, a.attnum) end,
               'fill', case when a.atthasdef or a.atthasmissing or a.attidentity <> '' or t.typdefault is not null
                            then pgq_connect.fill_of(a.attrelid, a.attnum) end)
               order by a.attnum)
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
     where c.oid = rel and a.attnum > 0 and not a.attisdropped
$$;
