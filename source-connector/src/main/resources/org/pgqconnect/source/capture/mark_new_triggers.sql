-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.mark_new_triggers: takes the marks of triggers that have none, as those of new partitions; the
-- others' marks stay.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.mark_new_triggers(c pgq_connect.captured_table) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    update pgq_connect.captured_table k
       set trigger_marks = case when split_part(k.trigger_marks, ':', 1) <> split_part(now.marks, ':', 1) then now.marks else m.marks end
      from (select pgq_connect.trigger_marks(c) as marks) now
     cross join lateral (
           select split_part(now.marks, ':', 1) || ':' || string_agg(u.mark, ' ' order by u.trigger_oid) as marks
             from (select mark, trigger_oid from pgq_connect.lasting_marks(c)
                   union all
                   select n.mark, split_part(n.mark, '/', 1)::oid
                     from unnest(string_to_array(split_part(now.marks, ':', 2), ' ')) as n (mark)
                    where split_part(n.mark, '/', 1)::oid not in (select trigger_oid from pgq_connect.lasting_marks(c))) u) m
     where k.queue_name = c.queue_name and k.table_oid = c.table_oid and k.trigger_marks is not null and now.marks is not null
       and k.trigger_marks is distinct from m.marks
$$;
