-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.check_tree: raises an error when another table of a partition tree is captured into the queue,
-- because rows would be captured twice.
-- Parameters: queue; table.
-- Returns: nothing.
create or replace function pgq_connect.check_tree(queue text, tbl regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    other regclass := (
        select c.table_oid
          from pgq_connect.captured_table c
         where c.queue_name = queue and c.table_oid <> tbl
           and (c.table_oid in (select relid from pg_partition_tree(tbl))
                or c.table_oid in (select relid from pg_partition_ancestors(tbl)))
         limit 1);
begin
    if other is not null then
        raise exception 'Table % cannot be captured into queue "%", because % is, and each would capture rows of the other', tbl,
            queue, other using errcode = 'object_not_in_prerequisite_state',
                hint = format('Stop capturing that one first: ./pgq-connect provider remove --queue %s %s',
                              pgq_connect.shell_word(queue), pgq_connect.shell_table(other));
    end if;
end
$$;
