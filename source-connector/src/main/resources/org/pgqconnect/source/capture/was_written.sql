-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.was_written: whether changes of a partition that is not taken up were captured before it was
-- detached and attached again.
-- Parameters: the captured table; the partition.
-- Returns: boolean.
create or replace function pgq_connect.was_written(c pgq_connect.captured_table, leaf oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pgq_connect.written_partition w
                    where w.partition_oid = leaf and w.queue_name = c.queue_name and w.root_oid = c.table_oid
                      and w.trigger_oid is distinct from pgq_connect.row_trigger(leaf, c.function_name))
$$;
