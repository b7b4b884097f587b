-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.corrections: correcting_events for a generated trigger function; nothing happens when the right
-- to look was taken away, because the application's statement must not fail for that.
-- Parameters: captured table, queue, layout, and as there; indent.
-- Returns: PL/pgSQL text; empty when the table needs none.
create or replace function pgq_connect.corrections(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, images text, image_alias text, deleted boolean,
    image_layout text, shape jsonb default null) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when pgq_connect.correction_reason(c) is null or l.key_columns = '{}' or pgq_connect.captures_late(c) then ''
               else format(E'\n            if pgq_connect.may_look_up(%s) then\n%s\n            end if;', c.table_oid,
                           pgq_connect.by_event_table(
                               q, pgq_connect.correcting_events(
                                      c.table_oid, q, l, images, image_alias, deleted, image_layout, shape), '                '))
           end
$$;
