-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.with_fills: the columns of a layout, of which one that has no default says that earlier rows got
-- NULL only where nothing speaks against it. A default that was dropped again leaves no trace in the catalog of a table
-- whose rows were written into another file since, nor in that of a partitioned table or of a partition made later.
-- Parameters: the table; its columns as in pgq_connect.layout.
-- Returns: the columns; 'fill' is 'COMPUTED' where it is not known.
create or replace function pgq_connect.with_fills(rel oid, columns jsonb) returns jsonb
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    with unknown as materialized (
        select unnest(pgq_connect.rewritten_names(c)) as name
          from pgq_connect.captured_table c
         where c.table_oid in (select rel union select relid from pg_partition_ancestors(rel))
           -- The rest takes long where there are many partitions.
           and (c.row_marks ? 'rewritten'
                or exists (select from jsonb_each(c.row_marks -> 'relations') marks join pg_class r on r.oid = marks.key::oid
                            where r.relfilenode::bigint <> (marks.value ->> 'file')::bigint))
        union
        select quote_ident(a.attname)
          from pg_partition_tree(pg_partition_root(rel)) tree join pg_attribute a on a.attrelid = tree.relid
         where a.atthasmissing)
    select case when exists (select from unknown)
                then (select jsonb_agg(case when c ->> 'fill' is null and quote_ident(c ->> 'name') in (select name from unknown)
                                            then c || '{"fill": "COMPUTED"}' else c end order by nr)
                        from jsonb_array_elements(columns) with ordinality x (c, nr))
                else columns end
$$;
