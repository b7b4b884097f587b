-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_closed: notes durably that a statement is not captured, because a column that the row
-- condition needs is not what it was; an ALTER that takes the change back leaves no other trace.
-- Parameters: queue; the captured table.
-- Returns: nothing.
create or replace function pgq_connect.note_closed(queue text, rel oid) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    insert into pgq_connect.closed_write (queue_name, table_oid)
    select queue, rel
     where not exists (select from pgq_connect.closed_write w where w.queue_name = note_closed.queue and w.table_oid = rel)
$$;
