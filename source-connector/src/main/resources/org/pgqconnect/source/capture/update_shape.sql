-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.update_shape: what a statement-level trigger function asks in an UPDATE beside the queue's
-- state: are there several rows (many), and has the first one another key now (moved)? One query for all of it, because
-- in an UPDATE of one row, the usual case, queries are what costs time.
-- Parameters: layout.
-- Returns: SQL text of two columns.
create or replace function pgq_connect.update_shape(l pgq_connect.layout) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select format('exists (select from new_rows offset 1), (select %s from old_rows %s, new_rows %s limit 1)',
                  pgq_connect.key_differs(l, o, n), o, n)
      from (select pgq_connect.row_alias(l) as o, quote_ident('$new' || replace(pgq_connect.row_alias(l), '"', '')) as n) names
$$;
