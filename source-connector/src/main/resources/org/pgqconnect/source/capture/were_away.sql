-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.were_away: whether a table's triggers, or those of its partitions, were missing or disabled for
-- a while, or captured nothing. One that is ENABLE ALWAYS now and was not before counts, too: the catalog does not show
-- whether it was disabled in between.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.were_away(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.noted_marks(c) <> '{}'
           or exists (select from pgq_connect.closed_write w where w.queue_name = c.queue_name and w.table_oid = c.table_oid)
           or coalesce(split_part(c.trigger_marks, ':', 1) = split_part(now.marks, ':', 1)
                       and exists (select mark from pgq_connect.lasting_marks(c)
                                   except
                                   select unnest(string_to_array(split_part(now.marks, ':', 2), ' '))), false)
      from (select pgq_connect.trigger_marks(c) as marks) now
$$;
