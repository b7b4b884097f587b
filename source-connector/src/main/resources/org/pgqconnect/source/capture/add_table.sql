-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.add_table: captures a table's changes into a queue. The triggers take a SHARE ROW EXCLUSIVE lock
-- on the table until the transaction ends, and so do other options and another key. Repeated, it repairs what is
-- missing.
-- Parameters: queue; table; copy: whether subscribers need the rows that are there now; form: 'statement', 'row', or
-- 'auto': as it is captured already, else 'statement' where the table allows it;
-- key_columns: what identifies a row, '{}' for the primary key; old_row: updates carry the old row, too; exclude:
-- columns left out; only_columns: what is not named here is left out, the key aside; masks: {column: 'null' |
-- 'constant:VALUE' | 'hash'}; condition: an SQL expression over the row's columns: other rows are none of the
-- subscribers' business; skip_unchanged: updates that change nothing of what is captured are no events; salt: of the
-- hashes, else a random one; keep: columns that exclude, only_columns and masks do not name stay hidden where they are.
-- NULL leaves what is there, so that a repair opens nothing; '{}' and '' take it back. When it makes other rows of
-- those that subscribers have, or changes were missed (a trigger was missing or disabled, another table has the name
-- now) or may be in the wrong order, they are copied again, unless copy is false.
-- Returns: one row, as captured.
create or replace function pgq_connect.add_table(
    queue text, tbl regclass, copy boolean default true, form text default 'auto', key_columns text[] default null,
    old_row boolean default null, exclude text[] default null, only_columns text[] default null, masks jsonb default null,
    condition text default null, skip_unchanged boolean default null, salt text default null, keep boolean default false)
    returns setof pgq_connect.captured_table
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    q       pgq.queue%rowtype;
    l       pgq_connect.layout%rowtype;
    c       pgq_connect.captured_table%rowtype;
    reason  text;
    chosen  text := form;
    t       record;
    known   pgq_connect.captured_table%rowtype;
    chosen_key text[] := nullif(add_table.key_columns, '{}');
    made    jsonb;
    missed  boolean;
    others  boolean;
    siblings bigint;
    always  boolean;
begin
    perform pgq_connect.lock_capture();
    perform pgq_connect.renew_queue(queue);
    if form not in ('auto', 'statement', 'row') then
        raise exception 'There is no form "%" of capture', form using hint = 'Forms: auto, statement, row';
    end if;
    select * into known from pgq_connect.captured_table k
     where k.queue_name = queue and (k.table_oid = tbl or (array[k.table_schema, k.table_name] = pgq_connect.captured_name(tbl)
                                                           and not exists (select from pg_class where oid = k.table_oid)))
     order by (k.table_oid = tbl) desc limit 1;
    always := coalesce(known.fires_always, false) or coalesce(known.trigger_marks like '%/A/%', false)
              or coalesce(pgq_connect.trigger_marks(known) like '%/A/%', false);
    if add_table.key_columns is null and known.key_chosen then
        chosen_key := known.key_columns;
    end if;
    q := pgq_connect.check_table(queue, tbl, chosen_key);
    if pgq_connect.kind_of(tbl) = 'f'
        and current_setting('server_version_num')::integer between 140000 and 159999 then
        raise warning 'TRUNCATE of foreign table % is not captured: PostgreSQL has no trigger for it before version 16', tbl
            using hint = format('Use DELETE FROM %s, or after a TRUNCATE have the table copied again: ./pgq-connect provider resync'
                                ' --queue %s %s', tbl, pgq_connect.shell_word(queue), pgq_connect.shell_table(tbl));
    end if;
    perform pgq_connect.check_tree(queue, tbl);
    perform pgq_connect.check_topic(queue, tbl);
    made := pgq_connect.make_options(queue, tbl, chosen_key, pgq_connect.options_known(queue, tbl, known), exclude, only_columns, masks,
                                     condition, skip_unchanged, salt, keep);
    siblings := pgq_connect.check_siblings(queue, tbl, pgq_connect.key_of(tbl, chosen_key), made);
    -- The first CREATE TRIGGER locks the table against writers until the end of the transaction, and needs no more than
    -- the TRIGGER right, unlike LOCK TABLE. Should the table be altered just before, the fingerprint tells the trigger
    -- function.
    reason := pgq_connect.row_form_reason(tbl, chosen_key);
    if chosen = 'auto' then
        chosen := case when reason is null and known.form is distinct from 'row' then 'statement' else 'row' end;
    elsif chosen = 'statement' and reason is not null then
        raise exception 'Table % can only be captured in form "row", because %', tbl, reason;
    end if;
    -- Events of an open transaction in the old form would come after the copy, and what is hidden from now on with
    -- them.
    others := pgq_connect.comparable_options(pgq_connect.renewed_options(known.options, tbl)) - '{table,skip_unchanged}'::text[]
              is distinct from pgq_connect.comparable_options(made) - '{table,skip_unchanged}'::text[];
    if known.table_oid = tbl::oid and known.form = chosen and (others or known.key_columns <> pgq_connect.key_of(tbl, chosen_key)) then
        perform pgq_connect.lock_writers(known);
    end if;
    if made is null then
        select * into strict l from pgq_connect.register_layout(queue, tbl, chosen_key);
    else
        l := pgq_connect.register_shaped_layout(queue, tbl, pgq_connect.shape(made, tbl, chosen_key));
    end if;

    -- Changes were missed unless it was this table that was captured, by this name, in the right order, until now.
    missed := known.table_oid is distinct from tbl::oid
              or (known.table_schema, known.table_name) is distinct from (l.table_schema, l.table_name)
              or not pgq_connect.is_captured(known)
              or pgq_connect.were_truncated(known) or known.unordered
              or (known.form = 'statement' and pgq_connect.row_form_reason(tbl, known.key_columns) is not null);
    -- A table that was dropped and made anew, or restored, may have left a row with its old oid.
    delete from pgq_connect.captured_table old
     where old.queue_name = queue and old.table_schema = l.table_schema and old.table_name = l.table_name
       and old.table_oid <> tbl and not exists (select from pg_class where oid = old.table_oid);
    select * into c from pgq_connect.captured_table known where known.queue_name = queue and known.table_oid = tbl;
    if found and c.form <> chosen then
        perform pgq_connect.drop_triggers(c);
    end if;
    insert into pgq_connect.captured_table as known
           (queue_name, table_oid, table_schema, table_name, form, key_columns, key_chosen, old_row, function_name, layout_id,
            options, queue_id, home, fires_always)
        values (queue, tbl, l.table_schema, l.table_name, chosen, l.key_columns, chosen_key is not null,
                coalesce(add_table.old_row, known.old_row, false), pgq_connect.free_function_name(q.queue_id, tbl), l.layout_id,
                made, q.queue_id, 'pgq_connect.captured_table'::regclass, always)
        on conflict (queue_name, table_oid) do update
           set table_schema = excluded.table_schema, table_name = excluded.table_name, form = excluded.form,
               key_columns = excluded.key_columns, key_chosen = excluded.key_chosen, old_row = excluded.old_row,
               function_name = excluded.function_name, layout_id = excluded.layout_id, options = excluded.options,
               fires_always = excluded.fires_always,
               queue_id = excluded.queue_id
        returning * into c;
    perform pgq_connect.free_name(c);
    perform pgq_connect.check_look_up(c);
    perform pgq_connect.generate_function(c, q, l);
    -- Triggers that call another function would capture everything twice: they are of a queue that is gone, or
    -- restored.
    for t in
        select distinct p.proname as name
          from pg_trigger g join pg_proc p on p.oid = g.tgfoid
         where g.tgrelid = tbl and not g.tgisinternal and p.pronamespace = 'pgq_connect'::regnamespace
           and p.proname <> c.function_name
           and (p.proname = known.function_name or starts_with(g.tgname, '00_pgq_connect_' || q.queue_id || '_'))
           and not exists (select from pg_trigger other
                            where other.tgfoid = p.oid and other.tgrelid <> tbl and other.tgtype & 34 <> 34
                              and other.tgrelid not in (select relid from pg_partition_tree(tbl)))
    loop
        execute format('drop function pgq_connect.%I() cascade', t.name);
    end loop;
    if exists (select from pg_class where oid = tbl and relkind = 'r' and relispartition)
        and pgq_connect.stale_guard(q.queue_id, tbl, c.function_name) is not null
        and not pgq_connect.guard_partition(c, q.queue_id, tbl) then
        raise exception 'TRUNCATE of partition % cannot be captured, because the trigger of another table, whose partition it was, has'
            ' the name of its own', tbl using errcode = 'duplicate_object',
            hint = format('The table''s owner can run: DROP TRIGGER %I ON %s;', pgq_connect.stale_guard(q.queue_id, tbl, c.function_name),
                          tbl);
    end if;
    for t in
        select w.* from pgq_connect.wanted_triggers(q.queue_id, tbl, chosen, c.function_name,
                                                    pgq_connect.has_deferrable_key(tbl, c.key_columns)) w
         where not exists (select from pg_trigger where tgrelid = tbl and tgname = w.name)
    loop
        execute t.statement;
        if t.name like E'%\\_r' then
            update pgq_connect.captured_partition set trigger_oid = null where queue_name = queue and root_oid = tbl;
        end if;
    end loop;
    if pgq_connect.captures_late(c) then
        perform pgq_connect.generate_function(c, q, l);
    end if;
    perform pgq_connect.register_partitions(c, q, l, known.table_oid is not distinct from tbl::oid);
    perform pgq_connect.enable_always(c);
    update pgq_connect.captured_table k
       set trigger_marks = pgq_connect.trigger_marks(k),
           fires_always = k.fires_always or coalesce(pgq_connect.trigger_marks(k) like '%/A/%', false),
           row_marks = case when pgq_connect.were_truncated(k)
                                then pgq_connect.row_marks(k) || jsonb_strip_nulls(jsonb_build_object(
                                         'types', k.row_marks -> 'types', 'rewritten', pgq_connect.rewritten_names(k)))
                            else coalesce(k.row_marks, pgq_connect.row_marks(k)) end,
           unordered = false, unlogged = pgq_connect.is_unlogged(k.table_oid), server_run = pgq_connect.server_run()
     where k.queue_name = queue and k.table_oid = tbl
    returning * into c;
    delete from pgq_connect.closed_write w where w.queue_name = queue and w.table_oid = tbl;

    if missed or (copy and others) then
        -- A name that it had before is remembered: whatever is captured under it later is another table.
        update pgq_connect.table_copy t set state = 'removed', last_key = null
         where t.queue_name = queue and (t.table_schema, t.table_name) = (known.table_schema, known.table_name)
           and not exists (select from pgq_connect.captured_table k where k.queue_name = queue
                              and (k.table_schema, k.table_name) = (t.table_schema, t.table_name));
        -- A copy of other partitions continues where this one needs none.
        delete from pgq_connect.table_copy t
         where t.queue_name = queue and t.table_schema = l.table_schema and t.table_name = l.table_name
           and (copy or siblings = 0);
        perform pgq_connect.forget_partitions(queue, l.table_schema, l.table_name) where copy;
    end if;
    insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, out_of_step, was_empty, requested_at)
        values (add_table.queue, l.table_schema, l.table_name, case when copy then 'requested' else 'none' end, copy,
                case when not copy and to_regclass(format('%I.%I', l.table_schema, l.table_name)) = tbl
                     then pgq_connect.is_empty(tbl) end, clock_timestamp())
        on conflict (queue_name, table_schema, table_name) do nothing;
    return next c;
end
$$;
