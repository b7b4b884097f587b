-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.has_deferrable_key: whether transactions may hold rows of the same key at once, until a
-- deferrable constraint is checked.
-- Parameters: a table's oid; the key that its rows are captured by.
-- Returns: boolean.
create or replace function pgq_connect.has_deferrable_key(rel oid, key_columns text[]) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with key as (
        select array_agg(attnum) as attnums from pg_attribute where attrelid = rel and attnum > 0 and attname = any (key_columns))
    select exists (select from pg_constraint c, key
                    where c.conrelid = rel and c.contype in ('p', 'u', 'x') and c.condeferrable and c.conkey <@ key.attnums)
           and not exists (select from pg_index i, key
                            where i.indrelid = rel and i.indisunique and i.indimmediate and i.indisvalid
                              and i.indpred is null and i.indexprs is null
                              and (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ key.attnums)
$$;
