-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.wanted_triggers: the triggers that capture a table.
-- The names sort before those of other triggers, foreign keys' too ("RI_..."), so that a row is captured
-- before other triggers change more rows because of it.
-- That of the late trigger sorts after those of constraints ("PK_...", "Unique_..."), because it has to fire after their checks.
-- What defers it comes before each row where a statement may name another table than the captured one, whose triggers of a statement do
-- not fire then; else before the statement.
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

-- Function pgq_connect.trigger_marks: the triggers that capture a table, those of its partitions too, such that one that was
-- dropped, disabled or replaced for a while is told from one that fired all the time: whoever does that writes the trigger's row
-- anew.
-- Parameters: the captured table.
-- Returns: text; NULL when there is none. Before the colon stands the catalog's sign. Each trigger is its oid, the partition's oid or 0,
-- whether it is a clone, which comes with ATTACH and goes with DETACH, and what changes. Marks of a trigger with oid 0 are notes of what
-- was missed (see note_missed), which keep until the table is copied again.
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

-- Function pgq_connect.noted_marks: the notes of what was missed among the marks of a captured table.
-- Parameters: the captured table.
-- Returns: array, maybe empty.
create or replace function pgq_connect.noted_marks(c pgq_connect.captured_table) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(select mark from unnest(string_to_array(split_part(c.trigger_marks, ':', 2), ' ')) as u (mark) where mark like '0/0/false/%')
$$;

-- Function pgq_connect.lasting_marks: the marks of a captured table without those of partitions that are gone, and of clones of
-- triggers that went with DETACH: captured_partition knows of them.
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

-- Function pgq_connect.were_away: whether a table's triggers, or those of its partitions, were missing or disabled for a while. One
-- that is ENABLE ALWAYS now and was not before counts, too: the catalog does not show whether it was disabled in between.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.were_away(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.noted_marks(c) <> '{}'
           or coalesce(split_part(c.trigger_marks, ':', 1) = split_part(now.marks, ':', 1)
                       and exists (select mark from pgq_connect.lasting_marks(c)
                                   except
                                   select unnest(string_to_array(split_part(now.marks, ':', 2), ' '))), false)
      from (select pgq_connect.trigger_marks(c) as marks) now
$$;

-- Function pgq_connect.mark_new_triggers: takes the marks of triggers that have none, as those of new partitions; the others'
-- marks stay.
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
