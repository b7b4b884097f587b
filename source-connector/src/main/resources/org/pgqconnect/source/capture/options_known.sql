-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.options_known: the options that a table is captured with, or that its name was captured with: a
-- table that takes the name of another one is as secret.
-- Parameters: queue; table; known: its row in captured_table, or one of NULLs.
-- Returns: jsonb or NULL.
create or replace function pgq_connect.options_known(queue text, tbl regclass, known pgq_connect.captured_table) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when known.table_oid is not null then known.options
                else (select k.options from pgq_connect.captured_table k
                       where k.queue_name = queue and array[k.table_schema, k.table_name] = pgq_connect.captured_name(tbl)
                         and k.options is not null
                         -- Partitions that are captured separately share the name of the whole.
                         and (pg_partition_root(tbl) is null
                              or pg_partition_root(k.table_oid::regclass) is distinct from pg_partition_root(tbl))
                       order by k.table_oid limit 1) end
$$;
