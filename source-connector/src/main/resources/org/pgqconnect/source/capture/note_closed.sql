-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_closed: notes durably that a statement is not captured, because a column that the row
-- condition needs is not what it was; an ALTER that takes the change back leaves no other trace. Each transaction notes
-- it for itself: a note that it sees may be taken back before it ends.
-- Parameters: queue; the captured table.
-- Returns: nothing.
create or replace function pgq_connect.note_closed(queue text, rel oid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    noted constant text := format('pgq_connect.closed_%s_%s', rel, to_hex(hashtextextended(queue, 0)));
begin
    if current_setting(noted, true) is distinct from 'y' then
        insert into pgq_connect.closed_write (queue_name, table_oid) values (queue, rel);
        perform set_config(noted, 'y', true);
    end if;
end
$$;
