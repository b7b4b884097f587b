-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._pgq_connect_engine: marks this schema as made by pgq-connect.
-- Returns: the engine's own version, which grows with every change of these statements after a release.
create or replace function pgq._pgq_connect_engine() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$ select '1'::text $$;
