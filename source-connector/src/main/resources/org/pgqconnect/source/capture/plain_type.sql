-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.plain_type: the type, with its modifier, as which a value for a column can be read without
-- running anything that the owner of a type made: the one under a domain, whose checks are not made.
-- Parameters: the column's type; its modifier.
-- Returns: text; NULL when the values are made of others that are domains, whose checks reading them runs.
create or replace function pgq_connect.plain_type(type_oid oid, typmod integer) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with recursive under (oid, typmod, depth) as (
        select type_oid, typmod, 0
        union all
        select t.typbasetype, t.typtypmod, u.depth + 1 from under u join pg_type t on t.oid = u.oid and t.typtype = 'd'),
    plain as (
        select u.oid, u.typmod from under u order by depth desc limit 1),
    used (oid) as (
        select oid from plain
        union
        select part.oid
          from used u
          join pg_type t on t.oid = u.oid
         cross join lateral (
               select t.typelem as oid where t.typelem <> 0 and t.typlen = -1
               union all
               select atttypid from pg_attribute
                where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
               union all
               select r.rngsubtype from pg_range r
                where r.rngtypid = t.oid or (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid) part)
    select format_type(p.oid, p.typmod) from plain p
     where not exists (select from used u join pg_type t on t.oid = u.oid where t.typtype = 'd')
$$;
