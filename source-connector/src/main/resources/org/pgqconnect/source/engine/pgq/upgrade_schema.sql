-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.upgrade_schema: called by PgQ's own installer; here the installation statements do the work.
-- Returns: how many things were changed, always 0.
create or replace function pgq.upgrade_schema() returns integer
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select 0 $$;
