-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.hides_calls: whether code of users may run in an expression that names no function of theirs: as
-- an operator, a cast, the order of a type, a domain's constraint, or under the name of one of the server's functions
-- that writes_nothing knows.
-- Functions in C are those of extensions.
-- Returns: boolean.
create or replace function pgq_connect.hides_calls() returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from pg_proc p join pg_language l on l.oid = p.prolang
         where l.lanname not in ('internal', 'c') and p.oid >= 16384
           and (p.oid in (select oprcode from pg_operator where oid >= 16384)
                or p.oid in (select castfunc from pg_cast where oid >= 16384)
                or p.oid in (select amproc from pg_amproc where oid >= 16384)
                or p.oid in (select d.refobjid from pg_depend d join pg_constraint k on k.oid = d.objid and k.contypid <> 0
                              where d.classid = 'pg_constraint'::regclass and d.refclassid = 'pg_proc'::regclass)
                or p.proname = any (pgq_connect.known_calls())))
$$;
