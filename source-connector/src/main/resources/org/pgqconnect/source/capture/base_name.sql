-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.base_name: the name of the type under a domain, by which the form of its values is chosen. A
-- type of another schema than pg_catalog is named with its schema: it may be called json or bytea and be something
-- else.
-- Parameters: a type's oid.
-- Returns: text.
create or replace function pgq_connect.base_name(type_oid oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case n.nspname when 'pg_catalog' then t.typname::text else n.nspname || '.' || t.typname end
      from pg_type t join pg_namespace n on n.oid = t.typnamespace
     where t.oid = pgq_connect.base_type(type_oid)
$$;
