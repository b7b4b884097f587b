-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._grant_perms_from: gives the grants of one table to another one.
-- Parameters: schema and table to copy from, schema and table to copy to, all unquoted.
-- Returns: 1.
create or replace function pgq._grant_perms_from(src_schema text, src_table text, dst_schema text, dst_table text)
    returns integer
    language plpgsql strict
    set search_path = pg_catalog, pg_temp
as $$
declare
    g record;
begin
    for g in
        select a.privilege_type, a.is_grantable,
               case a.grantee when 0 then 'public' else quote_ident(r.rolname) end as grantee
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         cross join aclexplode(c.relacl) a
          left join pg_roles r on r.oid = a.grantee
         where n.nspname = src_schema and c.relname = src_table
           and a.grantee <> c.relowner and (a.grantee = 0 or r.oid is not null)
    loop
        execute format('grant %s on %I.%I to %s%s', g.privilege_type, dst_schema, dst_table, g.grantee,
                       case when g.is_grantable then ' with grant option' else '' end);
    end loop;
    return 1;
end
$$;
