-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.may_have_rewritten: whether this transaction may have written a table's rows into another file
-- already (TRUNCATE, CLUSTER, ALTER TABLE): that changes the table's definition and keeps everybody else away until the
-- end.
-- Parameters: the table.
-- Returns: boolean.
create or replace function pgq_connect.may_have_rewritten(rel oid) returns boolean
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    -- The locks of all sessions are looked through only by who did change the definition. An older snapshot also shows
    -- the definition that others had changed before.
    select case when exists (select from pg_class c where c.oid = rel and pgq_connect.is_own(c.xmin)) then exists (
               select from pg_locks
                where locktype = 'relation' and relation = rel and mode = 'AccessExclusiveLock' and granted
                  and pid = pg_backend_pid() and database = (select oid from pg_database where datname = current_database()))
           else false end
$$;
