-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- PostgreSQL clones row triggers onto partitions, not those for TRUNCATE; and what ATTACH, DETACH and DROP do to the
-- rows of the whole fires no trigger. So each partition has a TRUNCATE trigger of its own, made when the partition is
-- taken up, and rows that were in it before are captured then. DETACH drops the clones of row triggers and leaves this
-- one, which does nothing then.

-- Function pgq_connect.take_up_partition: captures the rows that a partition had before it was attached, as inserts.
-- The trigger that was just created keeps writers away until the transaction ends, so the rows are what they are.
-- Parameters: the captured table; its queue; the partition; guarded: the trigger was just created.
-- Returns: nothing; where the rows cannot be read, or captured ones may be gone, the whole table is to be copied again.
create or replace function pgq_connect.take_up_partition(
    c pgq_connect.captured_table, q pgq.queue, leaf oid, guarded boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    chosen constant text[] := case when c.key_chosen then c.key_columns end;
    before jsonb;
    missed boolean;
begin
    if pgq_connect.kind_of(leaf) <> 'r' then
        return;
    end if;
    if not guarded or not pgq_connect.may_look_up(leaf) or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
       -- Its file was made after ATTACH, as by a TRUNCATE, which may have removed rows that were captured.
       or pg_relation_filenode(leaf)::bigint > pgq_connect.row_trigger(leaf, c.function_name)::bigint then
        delete from pgq_connect.table_copy
         where queue_name = c.queue_name and table_schema = c.table_schema and table_name = c.table_name;
        insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, requested_at)
            values (c.queue_name, c.table_schema, c.table_name, 'requested', clock_timestamp());
        return;
    end if;
    before := pgq_connect.pin_settings();
    execute pgq_connect.missed_rows(c, q, leaf, chosen) into missed;
    if missed then
        execute pgq_connect.partition_events(q, leaf, chosen, c.options, 'c');
    end if;
    perform pgq_connect.unpin_settings(before);
end
$$;
