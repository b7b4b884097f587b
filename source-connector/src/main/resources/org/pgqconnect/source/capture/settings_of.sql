-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
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
