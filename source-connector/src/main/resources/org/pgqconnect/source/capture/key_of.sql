-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_never_null: whether a column holds no null. PostgreSQL 18 has NOT NULL constraints that earlier rows need
-- not fulfil.
-- Parameters: a table's oid; the column's number.
-- Returns: boolean.
create or replace function pgq_connect.is_never_null(rel oid, num smallint) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select a.attnotnull
           and not exists (select from pg_constraint n
                            where n.conrelid = rel and n.contype = 'n' and n.conkey = array[num] and not n.convalidated)
      from pg_attribute a where a.attrelid = rel and a.attnum = num
$$;

-- Function pgq_connect.key_of: the key columns of a table's events.
-- Parameters: the table; chosen: the operator's choice, or NULL for the primary key.
-- Returns: column names in key order; empty when there is no key (any more).
create or replace function pgq_connect.key_of(rel oid, chosen text[]) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when chosen is null then coalesce((
                   select array_agg(a.attname::text order by k.nr)
                     from pg_index i
                    cross join unnest(i.indkey) with ordinality k (attnum, nr)
                     join pg_attribute a on a.attrelid = rel and a.attnum = k.attnum
                    where i.indrelid = rel and i.indisprimary and k.nr <= i.indnkeyatts), '{}')
               when chosen <@ (select array_agg(attname::text) from pg_attribute
                                where attrelid = rel and attnum > 0 and not attisdropped) then chosen
               else '{}'
           end
$$;

-- Function pgq_connect.usable_key: the key columns of a table's events, as long as they distinguish its rows.
-- Parameters: the table; chosen: the operator's choice, or NULL for the primary key.
-- Returns: as key_of; empty also when a chosen column may be null by now.
create or replace function pgq_connect.usable_key(rel oid, chosen text[]) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when exists (select from pg_attribute where attrelid = rel and attname = any (chosen) and attnum > 0 and not attisdropped
                                and not pgq_connect.is_never_null(attrelid, attnum)) then '{}'
                else pgq_connect.key_of(rel, chosen) end
$$;

-- Function pgq_connect.key_index: the unique index that a row is found by its key with: the one that lets no two rows have the
-- same key even for a moment, if there is one, the primary key before others.
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
