-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.partition_layout: the layout of a partition's events as it is now.
-- Parameters: the captured table; the partition.
-- Returns: layout_id.
create or replace function pgq_connect.partition_layout(c pgq_connect.captured_table, leaf oid) returns integer
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select l.layout_id
      from pgq_connect.register_layout(c.queue_name, leaf, case when c.key_chosen then c.key_columns end) l
     where c.options is null
    union all
    select c.layout_id where c.options is not null
$$;
