-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.kind_of: what kind of relation it is. A snapshot of REPEATABLE READ shows two rows of pg_class when
-- another session changed the relation after the snapshot was taken, and this transaction has changed it since, as two
-- sessions do that TRUNCATE one table. Both say the same of its kind, and a subquery must return one row.
-- Parameters: a relation's oid.
-- Returns: relkind; NULL when there is no such relation.
create or replace function pgq_connect.kind_of(rel oid) returns "char"
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select relkind from pg_class where oid = rel limit 1
$$;
