-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.loose_collation: the name of a collation that takes different texts for equal.
-- Parameters: a collation's oid.
-- Returns: text; NULL for all others.
create or replace function pgq_connect.loose_collation(collation_oid oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select format('%I.%I', n.nspname, c.collname)
      from pg_collation c join pg_namespace n on n.oid = c.collnamespace
     where c.oid = collation_oid and not c.collisdeterministic
$$;
