-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.remove_table: stops capturing a table into a queue, also one that was dropped. Events that were
-- captured stay in the queue.
-- Parameters: queue; table.
-- Returns: whether it was captured.
create or replace function pgq_connect.remove_table(queue text, tbl regclass) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set client_min_messages = warning
as $$
declare
    c pgq_connect.captured_table%rowtype;
begin
    perform pgq_connect.lock_capture();
    delete from pgq_connect.captured_table where queue_name = queue and table_oid = tbl returning * into c;
    if not found then
        return false;
    end if;
    perform pgq_connect.drop_triggers(c);
    delete from pgq_connect.captured_partition where queue_name = c.queue_name and root_oid = c.table_oid;
    delete from pgq_connect.written_partition where queue_name = c.queue_name and root_oid = c.table_oid;
    delete from pgq_connect.closed_write where queue_name = c.queue_name and table_oid = c.table_oid;
    delete from pgq_connect.mask_salt where salt_id = (c.options ->> 'salt')::integer;
    -- Remembered, because changes are missed from now on. Other partitions may be captured under the name still.
    update pgq_connect.table_copy t
       set state = 'removed', last_key = null, consistent_tick = null, requested_at = null, finished_at = null
     where t.queue_name = queue and t.table_schema = c.table_schema and t.table_name = c.table_name
       and not exists (select from pgq_connect.captured_table k where k.queue_name = queue
                          and (k.table_schema, k.table_name) = (c.table_schema, c.table_name));
    return true;
end
$$;
