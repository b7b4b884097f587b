-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.base_type: the type under a domain, however deep.
-- Parameters: a type's oid.
-- Returns: oid; the type itself when it is no domain.
create or replace function pgq_connect.base_type(type_oid oid) returns oid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with recursive under (oid, typtype, typbasetype) as (
        select oid, typtype, typbasetype from pg_type where oid = type_oid
        union all
        select t.oid, t.typtype, t.typbasetype from under u join pg_type t on u.typtype = 'd' and t.oid = u.typbasetype)
    select oid from under where typtype <> 'd'
$$;

-- Function pgq_connect.base_name: the name of the type under a domain, by which the form of its values is chosen. A type of
-- another schema than pg_catalog is named with its schema: it may be called json or bytea and be something else.
-- Parameters: a type's oid.
-- Returns: text.
create or replace function pgq_connect.base_name(type_oid oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case n.nspname when 'pg_catalog' then t.typname::text else n.nspname || '.' || t.typname end
      from pg_type t join pg_namespace n on n.oid = t.typnamespace
     where t.oid = pgq_connect.base_type(type_oid)
$$;

-- Function pgq_connect.plain_type: the type, with its modifier, as which a value for a column can be read without running anything that
-- the owner of a type made: the one under a domain, whose checks are not made.
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

-- Function pgq_connect.operand_cast: what makes an operand of a column's value for the operators of an index; those of enums do not
-- take domains.
-- Parameters: the type's oid; the type that the index's operator class is for.
-- Returns: SQL text; empty where the value is an operand as it is.
create or replace function pgq_connect.operand_cast(type_oid oid, class_type oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when class_type = 'anyenum'::regtype and pgq_connect.base_type(type_oid) <> type_oid
                then '::' || format_type(pgq_connect.base_type(type_oid), null) else '' end
$$;

-- Function pgq_connect.btree_opclass: the operator class that orders a type, as the server itself chooses it: its own, or that of a
-- type which it is taken for.
-- Parameters: a type's oid.
-- Returns: oid; NULL when values of the type have no order.
create or replace function pgq_connect.btree_opclass(type_oid oid) returns oid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select o.oid
      from pg_type t
      join pg_opclass o on o.opcdefault and o.opcmethod = (select oid from pg_am where amname = 'btree')
      join pg_type i on i.oid = o.opcintype
     where t.oid = pgq_connect.base_type(type_oid)
       and (i.oid = t.oid
            or exists (select from pg_cast c
                        where c.castsource = t.oid and c.casttarget = i.oid and c.castmethod = 'b' and c.castcontext = 'i')
            or i.typnamespace = 'pg_catalog'::regnamespace
               and i.typname = case t.typtype when 'e' then 'anyenum' when 'r' then 'anyrange' when 'm' then 'anymultirange'
                                              when 'c' then 'record'
                                              else case when t.typelem <> 0 and t.typlen = -1 then 'anyarray' end end)
     order by i.oid = t.oid desc, i.typispreferred and i.typcategory = t.typcategory desc, o.oid
     limit 1
$$;
