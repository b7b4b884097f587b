-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shell_word: a name as a word of a command that a message names, so that it runs as printed.
-- Parameters: the name.
-- Returns: text, in quotes where a shell needs them.
create or replace function pgq_connect.shell_word(name text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case when name ~ E'^[A-Za-z0-9_][A-Za-z0-9_.:@%+/-]*$' then name
                else '''' || replace(name, '''', E'''\\''''') || '''' end
$$;
