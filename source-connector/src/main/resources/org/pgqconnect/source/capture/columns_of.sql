-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.loose_collation: the name of a collation that takes different texts for equal.
-- Parameters: a collation's oid.
-- Returns: text; NULL for all others.
create or replace function pgq_connect.loose_collation(collation_oid oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select format('%I.%I', n.nspname, c.collname)
      from pg_collation c join pg_namespace n on n.oid = c.collnamespace
     where c.oid = collation_oid and not c.collisdeterministic
$$;

-- Function pgq_connect.fill_of: what rows got that were there before a column: one value, as a clause of ADD COLUMN and
-- whatever the default is by now; or a word that says that they got different ones.
-- Parameters: a table's oid; a column's number.
-- Returns: text; NULL when they got NULL, or the column is as old as the table.
create or replace function pgq_connect.fill_of(rel oid, num smallint) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
    -- As sinks read it, whatever the session has (see pgq_connect.settings).
    set "DateStyle" = 'ISO, MDY' set "TimeZone" = 'UTC' set "IntervalStyle" = 'postgres' set bytea_output = 'hex'
    set extra_float_digits = 1 set lc_monetary = 'C' set quote_all_identifiers = off
as $$
    select case
               when atthasmissing
                   -- Its one element by the output of its own type: what separates elements is not a comma in every type.
                   then format('DEFAULT %L::%s', array_to_string(attmissingval, ''), format_type(atttypid, atttypmod))
               when attgenerated <> '' then 'GENERATED'
               when attidentity <> '' then 'IDENTITY'
               when atthasdef then 'COMPUTED'
           end
      from pg_attribute
     where attrelid = rel and attnum = num
$$;

-- Function pgq_connect.expression_of: how a generated column is computed.
-- Parameters: a table's oid; the column's number.
-- Returns: text, a clause of ADD COLUMN; NULL when it is not generated.
create or replace function pgq_connect.expression_of(rel oid, num smallint) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
    -- As sinks read it, whatever the session has (see pgq_connect.settings).
    set "DateStyle" = 'ISO, MDY' set "TimeZone" = 'UTC' set "IntervalStyle" = 'postgres' set bytea_output = 'hex'
    set extra_float_digits = 1 set lc_monetary = 'C' set quote_all_identifiers = off
as $$
    select format('GENERATED ALWAYS AS (%s) %s', pg_get_expr(d.adbin, d.adrelid),
                  case attgenerated::text when 'v' then 'VIRTUAL' else 'STORED' end)
      from pg_attribute join pg_attrdef d on d.adrelid = attrelid and d.adnum = attnum
     where attrelid = rel and attnum = num and attgenerated <> ''
$$;

-- Function pgq_connect.column_number: a column's number, which stays when the column gets another name, and which no other column
-- of any table in this catalog has. That of a partition's column is that of the whole table's.
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

-- Function pgq_connect.columns_of: the live columns of a table, in the order of its rows' text.
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
               'expression', case when a.attgenerated <> '' then pgq_connect.expression_of(a.attrelid, a.attnum) end,
               'fill', case when a.atthasdef or a.atthasmissing or a.attidentity <> '' then pgq_connect.fill_of(a.attrelid, a.attnum) end)
               order by a.attnum)
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
     where c.oid = rel and a.attnum > 0 and not a.attisdropped
$$;
