-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.settings_of_type: which of these settings a type's own text depends on.
-- Parameters: the type's schema, name, and kind (pg_type.typtype).
-- Returns: names; none for types made of others, all for base types that are not known here, and for composite types,
-- which may get attributes of any type later without the tables that use them being altered.
create or replace function pgq_connect.settings_of_type(type_schema text, type_name text, kind "char") returns text[]
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when kind = 'c' then array(select name from pgq_connect.settings())
               when kind <> 'b' then '{}'
               when type_name in ('citext', 'hstore', 'ltree') then '{}'
               when type_schema <> 'pg_catalog' then array(select name from pgq_connect.settings())
               when type_name in ('date', 'timestamp') then '{DateStyle}'
               when type_name = 'timestamptz' then '{DateStyle,TimeZone}'
               when type_name = 'interval' then '{IntervalStyle}'
               when type_name = 'bytea' then '{bytea_output}'
               when type_name = 'money' then '{lc_monetary}'
               when type_name in ('float4', 'float8', 'point', 'lseg', 'path', 'box', 'polygon', 'line', 'circle')
                   then '{extra_float_digits}'
               when type_name like 'reg%' then '{quote_all_identifiers}'
               else '{}'
           end::text[]
$$;
