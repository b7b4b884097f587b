-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.noted_marks: the notes of what was missed among the marks of a captured table.
-- Parameters: the captured table.
-- Returns: array, maybe empty.
create or replace function pgq_connect.noted_marks(c pgq_connect.captured_table) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(select mark from unnest(string_to_array(split_part(c.trigger_marks, ':', 2), ' ')) as u (mark) where mark like '0/0/false/%')
$$;
