-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.text_of: an expression for the text of a row, as its type's output function writes it. A cast to
-- text would do the same, unless there is another cast for the type of the table's rows, as its owner may: then the
-- event would be what that says, and what it calls would run with the rights of the trigger function's owner.
-- Parameters: what the row is called, as SQL text.
-- Returns: SQL text.
create or replace function pgq_connect.text_of(row_source text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select 'textin(record_out(' || row_source || '))'
$$;
