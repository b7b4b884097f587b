-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_written: notes durably that changes of a partition are captured that is not taken up yet.
-- Parameters: queue; the captured table; the partition; the captured table's function_name.
-- Returns: nothing.
create or replace function pgq_connect.note_written(queue text, root oid, leaf oid, function_name text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    its_trigger constant oid := pgq_connect.row_trigger(leaf, function_name);
begin
    if not exists (select from pgq_connect.captured_partition k
                    where k.partition_oid = leaf and k.queue_name = queue and k.root_oid = root)
        and not exists (select from pgq_connect.written_partition w
                         where w.partition_oid = leaf and w.queue_name = queue and w.root_oid = root
                           and w.trigger_oid is not distinct from its_trigger) then
        insert into pgq_connect.written_partition (queue_name, root_oid, partition_oid, trigger_oid)
            values (queue, root, leaf, its_trigger);
    end if;
end
$$;
