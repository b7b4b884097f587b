-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.settings: the settings that the text of values depends on, and the values that make this text
-- exact and the same in every session.
-- Returns: set of (name, value).
create or replace function pgq_connect.settings(out name text, out value text) returns setof record
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    values ('DateStyle', 'ISO, MDY'), ('TimeZone', 'UTC'), ('IntervalStyle', 'postgres'), ('bytea_output', 'hex'),
           ('extra_float_digits', '1'), ('lc_monetary', 'C'), ('quote_all_identifiers', 'off')
$$;

-- Function pgq_connect.settings_of_type: which of these settings a type's own text depends on.
-- Parameters: the type's schema, name, and kind (pg_type.typtype).
-- Returns: names; none for types made of others, all for base types that are not known here, and for composite types, which
-- may get attributes of any type later without the tables that use them being altered.
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

-- Function pgq_connect.settings_of: which of these settings the text of a table's rows depends on, through arrays,
-- domains, composite types and ranges.
-- Parameters: a table's oid.
-- Returns: names, as set by a function's SET clauses: each costs time in every call, so only the needed ones are.
create or replace function pgq_connect.settings_of(rel oid) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with recursive used (type_oid) as (
        select atttypid from pg_attribute where attrelid = rel and attnum > 0 and not attisdropped
        union
        select part.type_oid
          from used u
          join pg_type t on t.oid = u.type_oid
         cross join lateral (
               select t.typbasetype as type_oid where t.typtype = 'd'
               union all
               select t.typelem where t.typelem <> 0 and t.typlen = -1
               union all
               select atttypid from pg_attribute
                where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
               union all
               select r.rngsubtype from pg_range r
                where r.rngtypid = t.oid or (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid) part)
    select coalesce(array_agg(distinct s.name), '{}')
      from used u
      join pg_type t on t.oid = u.type_oid
      join pg_namespace n on n.oid = t.typnamespace
     cross join unnest(case when t.typelem <> 0 and t.typlen = -1 then '{}'
                            else pgq_connect.settings_of_type(n.nspname, t.typname, t.typtype) end) s (name)
$$;

-- Function pgq_connect.pin_settings: sets all of them for the rest of the transaction, and those that the way back from
-- text to a row depends on.
-- Returns: the values before, for unpin_settings.
create or replace function pgq_connect.pin_settings() returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    pins   constant jsonb := (select jsonb_object_agg(name, value) from pgq_connect.settings())
                             || '{"array_nulls": "on", "xmloption": "content"}';
    before jsonb;
begin
    select jsonb_object_agg(key, current_setting(key)) into before from jsonb_each_text(pins);
    perform set_config(key, value, true) from jsonb_each_text(pins);
    return before;
end
$$;

-- Function pgq_connect.unpin_settings: gives the settings their values back.
-- Parameters: what pin_settings returned.
-- Returns: nothing.
create or replace function pgq_connect.unpin_settings(before jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config(key, value, true) from jsonb_each_text(before);
end
$$;
