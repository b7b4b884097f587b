-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.update_source: the events of an UPDATE, as the FROM clause of an INSERT with fields kind, data
-- and old_data. Old and new rows come in the same order. A row whose key changed (in any bit, because the key's text is
-- what subscribers see) is a delete and an insert; all deletes come first, so that keys may be shifted.
-- Parameters: olds, news: old and new rows, as FROM items; key: the key's columns, qualified with alias r; old_row:
-- updates carry the old row.
-- Returns: SQL text.
create or replace function pgq_connect.update_source(olds text, news text, key text, old_row boolean, r text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template($sql$ from (
        with pairs as materialized (
            select o.nr, o.data as old_data, n.data as new_data, o.key *<> n.key as moved
              from (select row_number() over () as nr, textin(record_out({{r}})) as data, row({{key}}) as key from {{olds}} {{r}}) o
              join (select row_number() over () as nr, textin(record_out({{r}})) as data, row({{key}}) as key from {{news}} {{r}}) n
                   on n.nr = o.nr)
        select 'd' as kind, old_data as data, null::text as old_data, 0 as phase, nr from pairs where moved
        union all
        select case when moved then 'c' else 'u' end, new_data,
               case when {{old_row}}::boolean and not moved then old_data end, 1, nr from pairs
         order by 4, 5) e$sql$,
        'olds', olds, 'news', news, 'key', key, 'old_row', format('%L', old_row), 'r', r)
$$;
