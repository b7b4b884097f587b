-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.lost_triggers: whether a table lacks triggers, or has them in another state, that were marked in
-- a catalog that was made anew. Those that come with ATTACH and go with DETACH do not count: captured_partition knows
-- of them.
-- Parameters: the captured table, with marks of the earlier catalog.
-- Returns: boolean.
create or replace function pgq_connect.lost_triggers(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with marks as (
        select v.is_now, string_to_array(u.mark, '/') as parts
          from (values (false, c.trigger_marks), (true, pgq_connect.trigger_marks(c))) v (is_now, marks)
         cross join unnest(string_to_array(split_part(v.marks, ':', 2), ' ')) as u (mark))
    select exists (select from marks
                    where parts[1] <> '0' and parts[3] <> 'true'
                      and (parts[2] = '0' or parts[2]::oid in (select relid from pg_partition_tree(c.table_oid::regclass)))
                    group by parts[2], parts[4]
                   having count(*) filter (where is_now) < count(*) filter (where not is_now))
$$;
