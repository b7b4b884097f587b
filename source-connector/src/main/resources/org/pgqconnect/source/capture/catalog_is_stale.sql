-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.catalog_is_stale: whether a table was altered after this transaction's snapshot was taken, so
-- that queries of the catalog show what it was, not what it is. Cannot happen in READ COMMITTED.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.catalog_is_stale(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select current_setting('transaction_isolation') <> 'read committed'
       and (not exists (select from pg_class where oid = rel)
            or exists (select from pg_class where oid = rel and xmax <> '0'::xid)
            or exists (select from pg_attribute where attrelid = rel and attnum > 0 and xmax <> '0'::xid)
            or exists (select from pg_index where indrelid = rel and indisprimary and xmax <> '0'::xid))
$$;
