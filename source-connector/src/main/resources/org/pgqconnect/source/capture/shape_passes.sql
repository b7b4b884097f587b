-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shape_passes: a shape's row condition.
-- Parameters: shape; alias: what the row's columns are qualified with.
-- Returns: SQL text.
create or replace function pgq_connect.shape_passes(shape jsonb, alias text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select format(shape ->> 'passes', alias)
$$;
