-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
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
