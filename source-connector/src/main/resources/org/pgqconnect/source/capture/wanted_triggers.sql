-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.wanted_triggers: the triggers that capture a table.
-- The names sort before those of other triggers, foreign keys' too ("RI_..."), so that a row is captured
-- before other triggers change more rows because of it.
-- That of the late trigger sorts after those of constraints ("PK_...", "Unique_..."), because it has to fire after
-- their checks.
-- What defers it comes before each row where a statement may name another table than the captured one, whose triggers
-- of a statement do not fire then; else before the statement.
-- Parameters: the queue's id; the table; form; function_name in schema pgq_connect; late: rows are captured late (see
-- late_rows.sql).
-- Returns: set of (name, statement that creates it).
create or replace function pgq_connect.wanted_triggers(
    in queue_id integer, in rel oid, in form text, in function_name text, in late boolean, out name text, out statement text)
    returns setof record
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select w.name, format('create trigger %I %s on %s %s execute function pgq_connect.%I()',
                          w.name, w.event, rel::regclass, w.rest, function_name)
      from (select '00_pgq_connect_' || queue_id || '_' || suffix as name, event, rest
              from (values
                  ('statement', 'i', 'after insert', 'referencing new table as new_rows for each statement'),
                  ('statement', 'u', 'after update', 'referencing old table as old_rows new table as new_rows for each statement'),
                  ('statement', 'd', 'after delete', 'referencing old table as old_rows for each statement'),
                  ('row', 'r', 'after insert or update or delete', 'for each row'),
                  (null, 't', 'after truncate', 'for each statement'),
                  (null, 'b', 'before insert or update', 'for each statement'),
                  (null, 'c', 'before insert or update', 'for each row'),
                  (null, 'p', 'before truncate', 'for each statement')) v (of_form, suffix, event, rest)
             where of_form = form
                or (suffix = 't'
                    and exists (select from pg_class
                                 where oid = rel and not relispartition
                                   and (relkind in ('r', 'p')
                                        or (relkind = 'f' and current_setting('server_version_num')::integer >= 160000))))
                or (late and suffix = case when exists (select from pg_class where oid = rel and (relkind = 'p' or relispartition))
                                                or exists (select from pg_inherits where inhrelid = rel) then 'c' else 'b' end)
                -- Of a partition that has partitions of its own, theirs capture the deletes.
                or (suffix = 'p'
                    and exists (select from pg_class where oid = rel and relkind = case when relispartition then 'r' else 'p' end))) w
    union all
    select 'zz_pgq_connect_' || queue_id || '_k',
           format('create constraint trigger %I after insert or update on %s deferrable initially deferred for each row'
                  ' execute function pgq_connect.%I(''late'')', 'zz_pgq_connect_' || queue_id || '_k', rel::regclass, function_name)
     where late
$$;
