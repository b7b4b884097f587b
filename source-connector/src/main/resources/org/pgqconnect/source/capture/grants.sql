-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Rights on schema pgq_connect: none for anybody but its owner. Triggers run without a right of the writer's.
do $grants$
declare
    f regprocedure;
begin
    revoke all on schema pgq_connect from public;
    for f in
        select oid from pg_catalog.pg_proc
         where pronamespace = 'pgq_connect'::regnamespace and pg_catalog.pg_has_role(proowner, 'usage')
    loop
        execute pg_catalog.format('revoke all on function %s from public', f);
    end loop;
end
$grants$;
