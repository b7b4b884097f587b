-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shaped_events: the events of a change of a table with options, as the FROM clause of an INSERT
-- with fields kind, data and old_data. An update that moves a row into the condition is an insert, one that moves it
-- out a delete; one that changes nothing of what is captured is none, if so chosen. All deletes come first, as in
-- update_source.
-- Parameters: op: TG_OP; olds, news: old and new rows, as FROM items in the same order; one_row: there is one of each;
-- shape; key: names of the key columns; old_row: updates carry the old row; skip: leave unchanged rows out; r: row
-- alias.
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
