-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shape_of: like layout_of, of all that a shape is made from: the numbers of columns, too, and
-- the collations, what generated columns are made of, and whether actions of foreign keys may move rows into a condition and out of it.
-- Declared IMMUTABLE on purpose, see there.
-- Parameters: a table's oid.
-- Returns: text; NULL when it cannot be known in this transaction.
create or replace function pgq_connect.shape_of(rel oid) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return md5(pgq_connect.layout_of(rel)
               || case when pgq_connect.chained_actions_reason(rel, null, true) is null then '' else ' chained' end
               || (select string_agg(concat_ws(':', attnum, nullif(attcollation, 0)), ',' order by attnum) from pg_attribute
                    where attrelid = rel and attnum > 0 and not attisdropped)
               || coalesce((select string_agg(attnum || ':' || sources::text, ',' order by attnum)
                              from pgq_connect.generated_from(rel)), ''));
end
$$;
