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
