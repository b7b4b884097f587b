-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.present_only: the condition that a row which was looked up by a key that has just been captured
-- is in the table.
-- Above READ COMMITTED a transaction also sees rows that others have deleted since its snapshot was taken. This
-- transaction wrote the key, so a row of it that another transaction wrote is such a row: otherwise the unique index
-- had refused the write, or waited.
-- Parameters: the table, the root of a partition; its key columns; its alias.
-- Returns: SQL text, to be put after other conditions; empty when rows of others may have the same key for a moment,
-- and when a foreign table may have no xmin to ask.
create or replace function pgq_connect.present_only(rel oid, key_columns text[], alias text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when exists (select from pg_index where indexrelid = pgq_connect.key_index(rel, key_columns) and indimmediate)
                    and not exists (select from pg_class
                                     where relkind = 'f'
                                       and oid in (select rel union select relid from pg_partition_tree(rel::regclass)))
                   -- Not as a function: that would be planned anew in each statement, and is asked for each row.
                   then format(' and (current_setting(''transaction_isolation'') in (''read committed'', ''read uncommitted'')'
                               ' or pgq_connect.is_own(%s.xmin))', alias)
               else ''
           end
$$;
