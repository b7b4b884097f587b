-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.rewritten_columns: the same as one text.
-- Parameters: captured table.
-- Returns: text; NULL when there are none.
create or replace function pgq_connect.rewritten_columns(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array_to_string(pgq_connect.rewritten_names(c), ', ')
$$;
