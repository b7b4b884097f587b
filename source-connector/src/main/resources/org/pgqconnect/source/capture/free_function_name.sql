-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.free_function_name: the name of a table's trigger function. After a restore from a dump, oids
-- mean other tables, so a function that serves another table is left alone.
-- Parameters: the queue's id; the table.
-- Returns: name in schema pgq_connect.
create or replace function pgq_connect.free_function_name(queue_id integer, tbl oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select candidate
      from (select 0 as nr, format('capture_%s_%s', queue_id, tbl) as candidate
            union all
            select nr, format('capture_%s_%s_%s', queue_id, tbl, nr) from generate_series(1, 1000) nr) names
     where not exists (
               select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                where p.pronamespace = 'pgq_connect'::regnamespace and p.proname = candidate
                  -- The TRUNCATE trigger of a partition that was detached stays.
                  and t.tgtype & 34 <> 34
                  and t.tgrelid <> tbl and t.tgrelid not in (select relid from pg_partition_tree(tbl)))
     order by nr limit 1
$$;
