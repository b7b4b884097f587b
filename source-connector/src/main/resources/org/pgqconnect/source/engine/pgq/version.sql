-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.version: the PgQ version whose API this engine has.
-- Returns: text.
create or replace function pgq.version() returns text
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select '3.5'::text $$;
