-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shape_image: a shape's expression for the text of a row.
-- Parameters: shape; alias: what the row's columns are qualified with.
-- Returns: SQL text.
create or replace function pgq_connect.shape_image(shape jsonb, alias text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select format(shape ->> 'image', alias)
$$;
