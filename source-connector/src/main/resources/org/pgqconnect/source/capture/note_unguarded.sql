-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_unguarded: notes durably that a TRUNCATE of a partition without a trigger for it may have
-- been missed: its rows are in another file than before. VACUUM FULL and its like leave the same.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.note_unguarded(c pgq_connect.captured_table) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    update pgq_connect.captured_table k
       set trigger_marks = pgq_connect.with_note(k, 'truncated')
     where k.queue_name = c.queue_name and k.table_oid = c.table_oid and coalesce(k.trigger_marks, '') not like '%/truncated%'
       and pgq_connect.were_truncated(c)
$$;
