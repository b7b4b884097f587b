-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.nested_writes_reason: why rows of a table may be changed while a statement that changes them
-- runs.
-- AFTER triggers fire at the end of their own statement, so the nested change is captured first and the outer one,
-- with an image that is out of date by then, last. What is in the table has to be looked up then.
-- For statement triggers see statement_trigger.
-- Functions of the server itself (suppress_redundant_updates_trigger ...) write nothing.
-- Parameters: a table's oid; of a partition, all of its tree counts.
-- Returns: text; NULL when the images can be trusted.
create or replace function pgq_connect.nested_writes_reason(rel oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with rels as (
        select rel as oid union select relid from pg_partition_tree(pg_partition_root(rel::regclass)))
    select coalesce(
        (select format('row trigger %s of table %s may change other rows of it', quote_ident(t.tgname), t.tgrelid::regclass)
           from pg_trigger t join pg_proc p on p.oid = t.tgfoid
          where t.tgrelid in (select oid from rels) and not t.tgisinternal and t.tgtype & 65 = 1
            and p.pronamespace not in ('pgq_connect'::regnamespace, 'pg_catalog'::regnamespace)
          order by t.tgname, t.tgrelid limit 1),
        (select format('statement trigger %s of table %s may change rows of it', pgq_connect.statement_trigger(oid), oid::regclass)
           from rels where pgq_connect.statement_trigger(oid) is not null order by 1 limit 1),
        (select 'it has a foreign key to itself that changes rows'
           from pg_constraint
          where contype = 'f' and conrelid in (select oid from rels) and confrelid in (select oid from rels)
            and (confupdtype in ('c', 'n', 'd') or confdeltype in ('c', 'n', 'd'))
          limit 1),
        pgq_connect.acted_on_reason(rel))
$$;
