-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- ALTER TABLE may compute a column of all rows anew, or fill a new one, and no trigger fires. The catalog does not hold
-- the expression, but it shows that the rows were written into another file, and whose definition was changed. Another
-- file alone is what VACUUM FULL, CLUSTER and TRUNCATE leave, and another definition alone leaves the rows as they are;
-- so both must have changed since they were last checked. Likewise ALTER TYPE: an attribute of a composite type that is
-- dropped or added, or an enum's value that is renamed, gives the same rows another text, in which subscribers read
-- other values.

-- Function pgq_connect.row_marks: where a captured table's rows are, or those of its partitions, and how old the
-- definition of each column is. All is read in one snapshot.
-- Parameters: captured table.
-- Returns: {catalog: its sign, relations: {oid: {file, columns: {attnum: xmin}}}, types: as type_marks}.
-- renew_row_marks adds rewritten: columns that were reported, to be so until the table is copied again.
create or replace function pgq_connect.row_marks(c pgq_connect.captured_table) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select jsonb_build_object(
               'catalog', pgq_connect.catalog_sign(),
               'types', pgq_connect.type_marks(c.table_oid),
               'relations', coalesce(jsonb_object_agg(r.oid, jsonb_build_object('file', r.relfilenode::bigint, 'columns', a.columns)), '{}'))
      from pg_class r
     cross join lateral (select jsonb_object_agg(attnum, xmin::text) as columns
                           from pg_attribute where attrelid = r.oid and attnum > 0 and not attisdropped) a
     where r.relkind = 'r'
       and r.oid = any (array(select c.table_oid union select relid from pg_partition_tree(c.table_oid::regclass)))
$$;
