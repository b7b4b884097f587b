-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.expanded_type: what the values of a type that is made of others are, down to the types that are
-- not: subscribers may have other types under the same names. A domain is the type under it with the domain's modifier,
-- a composite type is row(name type, ...), a range that a user created range(type), its multirange multirange(type), an
-- array has [] after its element's.
-- Parameters: a type's oid; its modifier.
-- Returns: text; NULL where it says no more than format_type.
create or replace function pgq_connect.expanded_type(type_oid oid, typmod integer) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    t pg_type%rowtype;
begin
    select * into t from pg_type where oid = type_oid;
    case
        when t.typtype = 'd' then
            return coalesce(pgq_connect.expanded_type(t.typbasetype, t.typtypmod), format_type(t.typbasetype, t.typtypmod));
        when t.typtype = 'c' then
            return (select 'row(' || coalesce(string_agg(quote_ident(attname) || ' ' || coalesce(
                               pgq_connect.expanded_type(atttypid, atttypmod), format_type(atttypid, atttypmod)), ', ' order by attnum), '') || ')'
                      from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped);
        when t.typtype in ('r', 'm') and type_oid >= 16384 then
            -- There are no multiranges before PostgreSQL 14.
            return (select case t.typtype when 'r' then 'range(' else 'multirange(' end
                           || coalesce(pgq_connect.expanded_type(r.rngsubtype, null), format_type(r.rngsubtype, -1)) || ')'
                      from pg_range r
                     where r.rngtypid = type_oid or (to_jsonb(r) ->> 'rngmultitypid')::oid = type_oid);
        else
            return (select pgq_connect.expanded_type(e.oid, typmod) || '[]'
                      from pg_type e where e.oid = t.typelem and e.typarray = type_oid);
    end case;
end
$$;
