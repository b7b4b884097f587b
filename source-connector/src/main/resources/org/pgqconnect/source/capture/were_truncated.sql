-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.were_truncated: whether partitions that have no TRUNCATE trigger have another file than when the
-- table's rows were marked, as after a TRUNCATE.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.were_truncated(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(c.row_marks ->> 'catalog' = pgq_connect.catalog_sign(), false)
           and exists (select from pg_partition_tree(c.table_oid::regclass) leaf
                         join pg_class r on r.oid = leaf.relid and r.relkind = 'r'
                        where leaf.isleaf and leaf.relid <> c.table_oid
                          and (c.row_marks #>> array['relations', r.oid::text, 'file'])::bigint <> r.relfilenode::bigint
                          and not pgq_connect.is_guarded(c, r.oid))
$$;
