-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Roles pgq_reader, pgq_writer and pgq_admin: made when this role may make roles.
-- Without them the engine still works: everything then belongs to its owner alone.
do $roles$
declare
    wanted text;
begin
    foreach wanted in array array['pgq_reader', 'pgq_writer', 'pgq_admin'] loop
        continue when exists (select from pg_catalog.pg_roles where rolname = wanted);
        begin
            execute pg_catalog.format('create role %I nologin', wanted);
        exception
            when duplicate_object or unique_violation then
                null; -- another database's installation was faster
            when insufficient_privilege then
                raise notice 'role % cannot be created by %, so the rights on schema pgq stay with its owner',
                    wanted, current_user
                    using hint = pg_catalog.format(
                        'A role with CREATEROLE can run: CREATE ROLE %I NOLOGIN; then install again.', wanted);
        end;
    end loop;
    begin
        if exists (select from pg_catalog.pg_roles where rolname = 'pgq_admin')
           and not (pg_catalog.pg_has_role('pgq_admin', 'pgq_reader', 'member')
                    and pg_catalog.pg_has_role('pgq_admin', 'pgq_writer', 'member')) then
            grant pgq_reader, pgq_writer to pgq_admin;
        end if;
    exception
        when insufficient_privilege or undefined_object then
            raise notice 'pgq_reader and pgq_writer cannot be granted to pgq_admin by %', current_user;
    end;
end
$roles$;
