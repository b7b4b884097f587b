-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.forget_partitions: no more reports of partitions that are gone, or were for a while, nor of
-- triggers that were away, of rows that were rewritten or of changes in the wrong order, because the table is copied
-- again or subscribers are to keep their rows.
-- Parameters: queue; the table's schema and name.
-- Returns: how many.
create or replace function pgq_connect.forget_partitions(queue text, schema_of text, name_of text) returns bigint
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    with gone as (
        delete from pgq_connect.captured_partition p
         using pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and p.queue_name = c.queue_name and p.root_oid = c.table_oid
           and p.partition_oid not in (select relid from pg_partition_tree(c.table_oid))
        returning p.partition_oid), written as (
        delete from pgq_connect.written_partition w
         using pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and w.queue_name = c.queue_name and w.root_oid = c.table_oid
           and w.partition_oid not in (select relid from pg_partition_tree(c.table_oid))
        returning w.partition_oid), closed as (
        delete from pgq_connect.closed_write w
         using pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and w.queue_name = c.queue_name and w.table_oid = c.table_oid), back as (
        update pgq_connect.captured_partition p
           set trigger_oid = pgq_connect.row_trigger(p.partition_oid, c.function_name),
               layout_trigger = pgq_connect.row_trigger(p.partition_oid, c.function_name),
               layout_id = pgq_connect.partition_layout(c, p.partition_oid)
          from pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and p.queue_name = c.queue_name and p.root_oid = c.table_oid and pgq_connect.was_away(p, c.function_name)
        returning 1), missed as (
        update pgq_connect.captured_table c set trigger_marks = pgq_connect.trigger_marks(c)
                   || case when pgq_connect.is_closed(c) then ' 0/0/false/closed' else '' end,
               row_marks = pgq_connect.row_marks(c),
               unordered = false, unlogged = pgq_connect.is_unlogged(c.table_oid), server_run = pgq_connect.server_run(),
               fires_always = c.fires_always or coalesce(c.trigger_marks like '%/A/%', false)
                              or coalesce(pgq_connect.trigger_marks(c) like '%/A/%', false)
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and exists (select from pg_class where oid = c.table_oid)
           and (c.trigger_marks is distinct from pgq_connect.trigger_marks(c)
                or c.row_marks is distinct from pgq_connect.row_marks(c)
                or c.unordered or pgq_connect.is_closed(c) or c.server_run is distinct from pgq_connect.server_run())), dropped as (
        -- Partitions that were captured separately, as long as there is another.
        delete from pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and not exists (select from pg_class where oid = c.table_oid)
           -- In a database that was restored from a dump it may be there, under another oid.
           and c.row_marks -> 'catalog' = to_jsonb(pgq_connect.catalog_sign())
           and exists (select from pgq_connect.captured_table k join pg_class there on there.oid = k.table_oid
                        where k.queue_name = queue and k.table_schema = schema_of and k.table_name = name_of)
        returning 1)
    select (select count(*) from (select partition_oid from gone union select partition_oid from written) p) + (select count(*) from back) + (select count(*) from dropped)
$$;
