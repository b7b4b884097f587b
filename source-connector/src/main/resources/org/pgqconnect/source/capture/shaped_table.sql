-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shaped_table: the table that a trigger captures for, whose columns the options' numbers mean: a
-- partition may be captured separately, or with its own partitions only.
-- Parameters: options; the trigger's TG_RELID.
-- Returns: oid; the root where the options do not name it, as after a restore from a dump.
create or replace function pgq_connect.shaped_table(options jsonb, rel oid) returns oid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select relid::oid from pg_partition_ancestors(rel::regclass) where relid = (options ->> 'table')::oid),
                    pg_partition_root(rel::regclass), rel)
$$;
