-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shaped_events: the events of a change of a table with options, as the FROM clause of an INSERT with
-- fields kind, data and old_data. An update that moves a row into the condition is an insert, one that moves it out a
-- delete; one that changes nothing of what is captured is none, if so chosen. All deletes come first, as in
-- update_source.
-- Parameters: op: TG_OP; olds, news: old and new rows, as FROM items in the same order; one_row: there is one of each;
-- shape; key: names of the key columns; old_row: updates carry the old row; skip: leave unchanged rows out; r: row alias.
-- Returns: SQL text.
create or replace function pgq_connect.shaped_events(
    op text, olds text, news text, one_row boolean, shape jsonb, key text[], old_row boolean, skip boolean, r text)
    returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case op
        when 'INSERT' then format(' from (select ''c'' as kind, %s as data, null::text as old_data from %s %s where %s) e',
                                  pgq_connect.shape_image(shape, r), news, r, pgq_connect.shape_passes(shape, r))
        when 'DELETE' then format(' from (select ''d'' as kind, %s as data, null::text as old_data from %s %s where %s) e',
                                  pgq_connect.shape_image(shape, r), olds, r, pgq_connect.shape_passes(shape, r))
        else pgq_connect.fill_template($sql$ from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.passes as was_in, n.passes as is_in, {{moved}} as moved
              from (select {{nr}} as nr, {{image}} as data, {{passes}} as passes, row({{key}}) as key from {{olds}} {{r}}) o
              join (select {{nr}} as nr, {{image}} as data, {{passes}} as passes, row({{key}}) as key from {{news}} {{r}}) n on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs
         where was_in and (moved or not is_in)
        union all
        select case when moved or not was_in then 'c' else 'u' end, new_data,
               case when {{old_row}}::boolean and was_in and not moved then old_data end, 1, nr from pairs
         where is_in and (not {{skip}}::boolean or not was_in or moved or old_data collate "C" <> new_data)
         order by 4, 5) e$sql$,
            'moved', case when key = '{}' then 'true' else 'o.key *<> n.key' end,
            'nr', case when one_row then '1' else 'row_number() over ()' end,
            'image', pgq_connect.shape_image(shape, r),
            'passes', pgq_connect.shape_passes(shape, r),
            'key', (select string_agg(format('%s.%I', r, name), ', ' order by nr) from unnest(key) with ordinality k (name, nr)),
            'olds', olds, 'news', news, 'r', r, 'old_row', format('%L', old_row), 'skip', format('%L', skip))
    end
$$;

-- Function pgq_connect.row_variable: OLD or NEW of a row trigger as a FROM item with the names of the table's columns.
-- Parameters: the table, the root of a partition; variable.
-- Returns: SQL text.
create or replace function pgq_connect.row_variable(rel oid, variable text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select '(select ' || string_agg(format('%s.%I as %2$I', variable, attname), ', ' order by attnum) || ')'
      from pg_attribute
     where attrelid = rel and attnum > 0 and not attisdropped
$$;

-- Function pgq_connect.shaped_branches: the part of a trigger function for a table with options and an unchanged shape,
-- in both forms.
-- Parameters: captured table, queue, layout, shape; marker: as in statement_branches.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.shaped_branches(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, shape jsonb, marker text) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    by_row  constant boolean := c.form = 'row';
    number  constant text := quote_literal(l.layout_id);
    r       constant text := pgq_connect.row_alias(l);
    olds    constant text := case when by_row then pgq_connect.row_variable(c.table_oid, 'OLD') else 'old_rows' end;
    news    constant text := case when by_row then pgq_connect.row_variable(c.table_oid, 'NEW') else 'new_rows' end;
    skip    constant boolean := coalesce((c.options ->> 'skip_unchanged')::boolean, false);
    again   text := coalesce(pgq_connect.reinserted_rows(c, q, l, shape), '');
    correct_old text := pgq_connect.corrections(c, q, l, case when by_row then null else 'old_rows' end,
                                                case when by_row then 'OLD' else r end, true, number, shape);
    correct_new text := pgq_connect.corrections(c, q, l, case when by_row then null else 'new_rows' end,
                                                case when by_row then 'NEW' else r end, false, number, shape);
    moved   text;
    mark    text := case when by_row then '' else format(E'\n        marked := set_config(%L, ''y'', true);', marker) end;
    events  text[];
    op      text;
begin
    again := case
        when again = '' or by_row then ''
        else format(E'\n            if current_setting(%L, true) = ''y'' then\n                %s\n            end if;',
                    marker, again) end;
    -- An update that moves no key has deleted none.
    select case when by_row then format('row(%s)::record *<> row(%s)::record', string_agg(format('OLD.%I', name), ', ' order by nr),
                                        string_agg(format('NEW.%I', name), ', ' order by nr))
                else format('(select string_agg(row(%1$s)::text, '','') from old_rows %2$s) is distinct from'
                            ' (select string_agg(row(%1$s)::text, '','') from new_rows %2$s)',
                            string_agg(format('%s.%I', r, name), ', ' order by nr), r) end
      into moved
      from unnest(l.key_columns) with ordinality k (name, nr) having count(*) > 0;
    foreach op in array '{INSERT,UPDATE,DELETE}'::text[] loop
        events := events || pgq_connect.by_event_table(
            q, pgq_connect.insert_head(q, l, 'e.kind, e.data, e.old_data', number)
                   || pgq_connect.shaped_events(op, olds, news, by_row, shape, l.key_columns, c.old_row, skip, r),
            '            ');
    end loop;
    return pgq_connect.fill_template(
        $sql$        if TG_OP = 'INSERT' then{{mark}}
{{inserts}}{{correct_new}}
        elsif TG_OP = 'UPDATE' then
{{updates}}{{moves}}{{correct_new}}{{mark}}
        elsif TG_OP = 'DELETE' then
{{deletes}}{{again}}{{correct_old}}
        else
{{truncate}}
        end if;$sql$,
        'mark', mark, 'inserts', events[1], 'updates', events[2], 'deletes', events[3],
        'moves', case when again || correct_old = '' or moved is null then ''
                      else format(E'\n            if %s then%s%s\n            end if;', moved, again, correct_old) end,
        'again', again, 'correct_old', correct_old, 'correct_new', correct_new,
        'truncate', pgq_connect.captured_truncate(c, q, l, number));
end
$$;

-- Function pgq_connect.shaped_steps: capture_steps for a table with options. These come from the trigger function's text, so
-- that no older snapshot shows older ones.
-- Parameters: as there; options.
-- Returns: as there.
create or replace function pgq_connect.shaped_steps(
    queue text, rel oid, op text, form text, chosen text[], old_row boolean, options jsonb,
    look_up boolean default true) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q      pgq.queue%rowtype := pgq_connect.queue_for_capture(queue, rel);
    whole  oid := pgq_connect.shaped_table(options, rel);
    shape  jsonb := pgq_connect.shape(options, whole, chosen);
    l      pgq_connect.layout%rowtype := pgq_connect.register_shaped_layout(queue, whole, shape);
    r      constant text := pgq_connect.row_alias(l);
    number constant text := quote_literal(l.layout_id);
    into_table text := 'insert into ' || pgq_connect.event_table(q, q.queue_cur_table);
    olds   text := 'old_rows';
    news   text := 'new_rows';
begin
    if op = 'TRUNCATE' then
        return next into_table || pgq_connect.insert_head(q, l, '''t'', null, null', number);
        return query select * from pgq_connect.rows_after_truncate(queue, rel, chosen, options) where look_up;
        return;
    end if;
    if form = 'row' then
        olds := '(select ($1).*)';
        news := '(select ($2).*)';
    end if;
    return next into_table || pgq_connect.insert_head(q, l, 'e.kind, e.data, e.old_data', number)
                || pgq_connect.shaped_events(op, olds, news, form = 'row', shape, l.key_columns, old_row,
                                             coalesce((options ->> 'skip_unchanged')::boolean, false), r);
    if not look_up or l.key_columns = '{}' or not pgq_connect.may_look_up(whole)
        -- Keys that were deleted, or moved away from, may have been inserted again by the same statement (see reinserted_rows).
        or not (pgq_connect.nested_writes_reason(rel) is not null
                or (form = 'statement' and pgq_connect.chained_actions_reason(rel, l.key_columns, true) is not null)
                or (pgq_connect.key_index(whole, l.key_columns) is not null
                    and (op = 'DELETE' or (op = 'UPDATE' and form = 'statement')
                         or (form = 'row' and pgq_connect.look_up_reason(whole, l.key_columns) is not null)))) then
        return;
    end if;
    if op <> 'INSERT' then
        return next into_table || pgq_connect.correcting_events(
            whole, q, l, case when form = 'statement' and op = 'UPDATE' then pgq_connect.left_keys(r, l.key_columns) else olds end, r,
            true, number, shape);
    end if;
    if op <> 'DELETE' then
        return next into_table || pgq_connect.correcting_events(whole, q, l, news, r, false, number, shape);
    end if;
end
$$;
