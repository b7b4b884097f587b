-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.unseen_writes_reason: why changes of a captured table may have been missed already, or those of
-- another one been captured as its own: a statement that names another table writes to this one, or the other way
-- round, and fires the triggers of a statement of the table that it names only. A child that it had is remembered until
-- ANALYZE.
-- Parameters: the captured table.
-- Returns: text; NULL when all its changes were captured.
create or replace function pgq_connect.unseen_writes_reason(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when r.relispartition then format('it is a partition of %s', pg_partition_root(r.oid)) || ', and form "statement" sees nothing of'
                   ' what is written by way of that one'
               when exists (select from pg_inherits where inhrelid = r.oid) then format(
                   'it inherits from %s, and form "statement" sees nothing of what is written by way of that one',
                   (select string_agg(inhparent::regclass::text, ', ' order by inhseqno) from pg_inherits where inhrelid = r.oid))
               when r.relhassubclass then format(
                   '%s from it, and form "statement" captures changes of the rows of such tables as its own',
                   coalesce((select string_agg(inhrelid::regclass::text, ', ' order by inhrelid) || ' inherits'
                               from pg_inherits where inhparent = r.oid), 'until lately another table inherited'))
           end
      from pg_class r where r.oid = c.table_oid and c.form = 'statement'
$$;
