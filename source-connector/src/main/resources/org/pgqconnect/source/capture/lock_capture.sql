-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.lock_capture: lets one transaction at a time change what is captured. It is taken before any
-- lock on a table, so that changes of capture wait for each other while they block no writer. Writers never take it.
-- What is known of oids in another database is forgotten before anything is changed.
-- Returns: nothing.
create or replace function pgq_connect.lock_capture() returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select pg_advisory_xact_lock(20519, 2);
    select pgq_connect.forget_oids();
$$;
