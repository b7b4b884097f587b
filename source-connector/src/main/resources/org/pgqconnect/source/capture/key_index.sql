-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.key_index: the unique index that a row is found by its key with: the one that lets no two rows
-- have the same key even for a moment, if there is one, the primary key before others.
-- Parameters: a table's oid; key columns.
-- Returns: the index's oid; NULL when there is none.
create or replace function pgq_connect.key_index(rel oid, key_columns text[]) returns oid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select i.indexrelid
      from pg_index i
     where i.indrelid = rel and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
       and (select array_agg(a.attname::text order by a.attname::text)
              from unnest(i.indkey) with ordinality k (attnum, nr)
              join pg_attribute a on a.attrelid = rel and a.attnum = k.attnum
             where k.nr <= i.indnkeyatts)
           = (select array_agg(name order by name) from unnest(key_columns) name)
     order by i.indimmediate desc, i.indisprimary desc, i.indexrelid limit 1
$$;
