-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Rights on schema pgq_connect: for its owner, and for pgq_admin what a source connector needs that did not install.
-- Triggers run without a right of the writer's.
do $grants$
declare
    has_admin constant boolean := exists (select from pg_catalog.pg_roles where rolname = 'pgq_admin');
    f regprocedure;
    r record;
begin
    revoke all on schema pgq_connect from public;
    for f in
        select oid from pg_catalog.pg_proc
         where pronamespace = 'pgq_connect'::regnamespace and pg_catalog.pg_has_role(proowner, 'usage')
    loop
        execute pg_catalog.format('revoke all on function %s from public', f);
        if has_admin and f <> 'pgq_connect.salt_of(integer)'::regprocedure then
            execute pg_catalog.format('grant execute on function %s to pgq_admin', f);
        end if;
    end loop;
    if not has_admin then
        return;
    end if;
    grant usage on schema pgq_connect to pgq_admin;
    for r in
        select oid::regclass as name, relkind from pg_catalog.pg_class
         where relnamespace = 'pgq_connect'::regnamespace and relkind in ('r', 'S')
           and pg_catalog.pg_has_role(relowner, 'usage') and relname <> 'mask_salt'
    loop
        execute pg_catalog.format('grant %s on %s to pgq_admin',
                                  case r.relkind when 'r' then 'select, insert, update, delete' else 'select, usage' end,
                                  r.name);
    end loop;
end
$grants$;
