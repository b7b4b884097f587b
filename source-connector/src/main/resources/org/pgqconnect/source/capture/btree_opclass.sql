-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.btree_opclass: the operator class that orders a type, as the server itself chooses it: its own,
-- or that of a type which it is taken for.
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
