-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.lasting_marks: the marks of a captured table without those of partitions that are gone, and of
-- clones of triggers that went with DETACH: captured_partition knows of them.
-- Parameters: the captured table.
-- Returns: set of (mark, trigger's oid).
create or replace function pgq_connect.lasting_marks(in c pgq_connect.captured_table, out mark text, out trigger_oid oid)
    returns setof record
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select m.mark, m.parts[1]::oid
      from (select u.mark, string_to_array(u.mark, '/') as parts
              from unnest(string_to_array(split_part(c.trigger_marks, ':', 2), ' ')) as u (mark)) m
     where (m.parts[2] = '0' or m.parts[2]::oid in (select relid from pg_partition_tree(c.table_oid::regclass)))
       and (m.parts[3] <> 'true' or exists (select from pg_trigger where oid = m.parts[1]::oid))
$$;
