-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.row_variable: OLD or NEW of a row trigger as a FROM item with the names of the table's columns.
-- Parameters: the table, the root of a partition; variable.
-- Returns: SQL text.
create or replace function pgq_connect.row_variable(rel oid, variable text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select '(select ' || string_agg(format('%s.%I as %2$I', variable, attname), ', ' order by attnum) || ')'
      from pg_attribute
     where attrelid = rel and attnum > 0 and not attisdropped
$$;
