-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.statement_branches: the part of a statement-level trigger function for an unchanged layout.
-- Parameters: captured table, queue, layout; marker: a setting that tells later triggers of the transaction that rows
-- were inserted.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.statement_branches(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, marker text) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    number  constant text := quote_literal(l.layout_id);
    r       constant text := pgq_connect.row_alias(l);
    mark    constant text := format('        marked := set_config(%L, ''y'', true);', marker);
    inserts text := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, format('''c'', %s, null', pgq_connect.text_of(r)), number)
                        || ' from new_rows ' || r, '            ');
    deletes text := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, format('''d'', %s, null', pgq_connect.text_of(r)), number)
                        || ' from old_rows ' || r, '            ');
    updates text := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, format('''u'', %s, null', pgq_connect.text_of(r)), number)
                        || ' from new_rows ' || r, '                ');
    again   text := coalesce(pgq_connect.reinserted_rows(c, q, l), '');
    correct_old text := pgq_connect.corrections(c, q, l, 'old_rows', r, true, number);
    correct_new text := pgq_connect.corrections(c, q, l, 'new_rows', r, false, number);
    -- See function_source.
    pin     constant text := case when pgq_connect.captures_directly(c) then
        $sql$                plans := array[current_setting('enable_nestloop'), current_setting('enable_seqscan'),
                               set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true)];
$sql$ else '' end;
    unpin   constant text := case when pgq_connect.captures_directly(c) then
        $sql$                plans := array[set_config('enable_nestloop', plans[1], true), set_config('enable_seqscan', plans[2], true)];
$sql$ else '' end;
    moves   text;
    key     text;
begin
    select string_agg(format('%s.%I', r, name), ', ' order by nr) into key
      from unnest(l.key_columns) with ordinality k (name, nr);
    if key is null then
        updates := deletes || E'\n' || mark || E'\n' || inserts;
    else
        moves := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, 'e.kind, e.data, e.old_data', number)
                     || pgq_connect.update_source('old_rows', 'new_rows', key, c.old_row, r), '                ');
        updates := pgq_connect.fill_template(
            $sql$            if many or moved{{old_row}} then
{{pin}}                if many and not moved then
                    select exists (
                        select from (select row_number() over () as nr, row({{key}}) as key from old_rows {{r}}) o
                               join (select row_number() over () as nr, row({{key}}) as key from new_rows {{r}}) n on n.nr = o.nr
                         where o.key *<> n.key) into moved;
                end if;
                if moved{{old_row}} then
{{moves}}
                else
{{updates}}
                end if;
                if moved and current_setting({{'marker'}}, true) = 'y' then
                    {{again}}
                end if;
                if moved then
{{mark}}{{correct_old}}
                end if;
{{unpin}}            else
{{updates}}
            end if;{{correct_new}}$sql$,
            'old_row', case when c.old_row then ' or true' end,
            'pin', pin, 'unpin', unpin, 'key', key, 'r', r, 'moves', moves, 'updates', updates, 'marker', marker, 'mark', mark,
            'again', case again when '' then 'null;' else again end, 'correct_old', correct_old, 'correct_new', correct_new);
    end if;
    return pgq_connect.fill_template(
        $sql$        if TG_OP = 'UPDATE' then
{{updates}}
        elsif TG_OP = 'INSERT' then
{{mark}}
{{inserts}}
        elsif TG_OP = 'DELETE' then
{{deletes}}
{{again}}
        else
{{truncate}}
        end if;$sql$,
        'updates', updates, 'mark', mark, 'inserts', inserts || correct_new, 'deletes', deletes || correct_old,
        'again', case when again <> '' then pgq_connect.fill_template(
            $sql$            if current_setting({{'marker'}}, true) = 'y' then
{{pin}}                {{again}}
{{unpin}}            end if;$sql$, 'marker', marker, 'pin', pin, 'again', again, 'unpin', unpin) end,
        'truncate', pgq_connect.captured_truncate(c, q, l, number));
end
$$;
