-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.wanted_triggers: the triggers that capture a table.
-- The names sort before those of other triggers, foreign keys' too ("RI_..."), so that a row is captured
-- before other triggers change more rows because of it.
-- That of the late trigger sorts after those of constraints ("PK_...", "Unique_..."), because it has to fire after their checks.
-- Parameters: the queue's id; the table; form; function_name in schema pgq_connect; late: rows are captured late (see late_rows.sql).
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
                  (null, 'p', 'before truncate', 'for each statement')) v (of_form, suffix, event, rest)
             where of_form = form
                or (suffix = 't'
                    and exists (select from pg_class where oid = rel and relkind in ('r', 'p') and not relispartition))
                or (late and suffix = 'b')
                or (suffix = 'p'
                    and exists (select from pg_class
                                 where oid = rel and (relkind = 'p' or (relkind = 'r' and relispartition))))) w
    union all
    select 'zz_pgq_connect_' || queue_id || '_k',
           format('create constraint trigger %I after insert or update on %s deferrable initially deferred for each row'
                  ' execute function pgq_connect.%I(''late'')', 'zz_pgq_connect_' || queue_id || '_k', rel::regclass, function_name)
     where late
$$;

-- Function pgq_connect.trigger_marks: the triggers that capture a table, such that one that was dropped, disabled or replaced
-- for a while is told from one that fired all the time: whoever does that writes the trigger's row anew.
-- Parameters: the captured table.
-- Returns: text; NULL when there is none. What stands before the colon is another one in a catalog that was made anew
-- (pg_upgrade, a restore from a dump), where the rest means nothing.
create or replace function pgq_connect.trigger_marks(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select p.oid || ':' || string_agg(t.oid || '/' || t.tgenabled::text || '/' || t.xmin::text, ' ' order by t.oid)
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = c.table_oid and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name
     group by p.oid
$$;

-- Function pgq_connect.were_away: whether a table's triggers were missing or disabled for a while. One that is ENABLE ALWAYS
-- now and was not before is taken for one that somebody changed to that, as logical replication into the table needs.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.were_away(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(split_part(c.trigger_marks, ':', 1) = split_part(now.marks, ':', 1) and exists (
                        select from unnest(string_to_array(split_part(c.trigger_marks, ':', 2), ' ')) before
                         where before <> all (string_to_array(split_part(now.marks, ':', 2), ' '))
                           and not (split_part(before, '/', 2) = 'O'
                                    and exists (select from pg_trigger t
                                                 where t.oid = split_part(before, '/', 1)::oid and t.tgenabled = 'A'))), false)
      from (select pgq_connect.trigger_marks(c) as marks) now
$$;
