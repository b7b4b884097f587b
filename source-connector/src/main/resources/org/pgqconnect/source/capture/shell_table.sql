-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shell_table: a table's name as the commands take it, as a word of a shell.
-- Parameters: a table's oid.
-- Returns: text; the oid when there is no such table.
create or replace function pgq_connect.shell_table(rel oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    -- One of two rows that an older snapshot may show, as in kind_of.
    select pgq_connect.shell_word(coalesce(
        (select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = rel limit 1),
        rel::text))
$$;
