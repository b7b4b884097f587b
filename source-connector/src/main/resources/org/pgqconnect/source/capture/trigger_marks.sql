-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.trigger_marks: the triggers that capture a table, those of its partitions too, such that one
-- that was dropped, disabled or replaced for a while is known from one that fired all the time: each of these writes
-- the trigger's row anew.
-- Parameters: the captured table.
-- Returns: text; NULL when there is none. Before the colon stands the catalog's sign. Each trigger is its oid, the
-- partition's oid or 0, whether it is a clone, which comes with ATTACH and goes with DETACH, and what changes. Marks of
-- a trigger with oid 0 are notes of what was missed (see note_missed), which keep until the table is copied again.
create or replace function pgq_connect.trigger_marks(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.catalog_sign() || ':' || string_agg(concat_ws('/', t.oid, case when t.tgrelid = c.table_oid then 0::oid else t.tgrelid end,
                                                (t.tgrelid <> c.table_oid and t.tgtype & 1 = 1)::text, t.tgenabled, t.xmin), ' ' order by t.oid)
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid in (select c.table_oid union all select relid from pg_partition_tree(c.table_oid::regclass))
       and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name
$$;
