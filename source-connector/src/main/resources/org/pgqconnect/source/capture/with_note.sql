-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.with_note: a captured table's trigger_marks with a note of what was missed (see noted_marks).
-- Parameters: the captured table; the note: a word.
-- Returns: text; as it is when the note is there.
create or replace function pgq_connect.with_note(c pgq_connect.captured_table, note text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when '0/0/false/' || note = any (pgq_connect.noted_marks(c)) then c.trigger_marks
                else coalesce(c.trigger_marks, pgq_connect.trigger_marks(c), ':') || ' 0/0/false/' || note end
$$;
