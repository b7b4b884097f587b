-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.was_away: whether a partition that is known was detached and attached again.
-- Parameters: what is known of it; the captured table's function_name.
-- Returns: boolean; false when it is away still.
create or replace function pgq_connect.was_away(known pgq_connect.captured_partition, function_name text) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(known.trigger_oid <> pgq_connect.row_trigger(known.partition_oid, function_name), false)
           -- In a catalog that was made anew all triggers are others, until renew_catalog_marks was there.
           and (known.trigger_oid = 0
                or not exists (select from pgq_connect.captured_table c
                                where c.queue_name = known.queue_name and c.table_oid = known.root_oid
                                  and c.row_marks ->> 'catalog' <> pgq_connect.catalog_sign()))
$$;
