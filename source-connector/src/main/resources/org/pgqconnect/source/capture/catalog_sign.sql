-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.catalog_sign: another one in a catalog that was made anew (pg_upgrade, a restore from a dump),
-- where oids of triggers and ages of catalog rows mean nothing. pg_upgrade keeps oids of tables, but not the rows of
-- system columns in pg_attribute, which nothing else changes.
-- Returns: text without a colon.
create or replace function pgq_connect.catalog_sign() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select attrelid::oid || '/' || xmin from pg_attribute
     where attrelid = 'pgq_connect.captured_table'::regclass and attname = 'tableoid'
$$;
