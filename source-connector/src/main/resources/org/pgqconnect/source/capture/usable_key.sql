-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
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
