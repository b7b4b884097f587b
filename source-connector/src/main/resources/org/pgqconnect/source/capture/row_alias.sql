-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.row_alias: an alias for a row source that no column is called, because a column would come
-- first.
-- Parameters: layout.
-- Returns: quoted name.
create or replace function pgq_connect.row_alias(l pgq_connect.layout) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select quote_ident('$row' || nr) from generate_series(1, 2000) nr
     where not jsonb_path_query_array(l.columns, '$[*].name') ? ('$row' || nr)
     order by nr limit 1
$$;
