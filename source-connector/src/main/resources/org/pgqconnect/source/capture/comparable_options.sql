-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.comparable_options: options in an order of their own, without former names.
-- Parameters: options or NULL.
-- Returns: jsonb.
create or replace function pgq_connect.comparable_options(options jsonb) returns jsonb
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select (options - 'left_out') || jsonb_build_object('columns', (
               select jsonb_agg(e - 'given' order by e ->> 'attnum', e ->> 'as') from jsonb_array_elements(options -> 'columns') e))
$$;
