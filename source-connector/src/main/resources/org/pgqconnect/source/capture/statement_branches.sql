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
    inserts text := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, format('''c'', %s::text, null', r), number)
                        || ' from new_rows ' || r, '            ');
    deletes text := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, format('''d'', %s::text, null', r), number)
                        || ' from old_rows ' || r, '            ');
    updates text := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, format('''u'', %s::text, null', r), number)
                        || ' from new_rows ' || r, '                ');
    again   text := coalesce(pgq_connect.reinserted_rows(c, q, l), '');
    moves   text;
    key     text;
begin
    select string_agg(format('%s.%I', r, name), ', ' order by nr) into key
      from unnest(l.key_columns) with ordinality k (name, nr);
    if key is null then
        updates := deletes || E'\n' || mark || E'\n' || inserts;
    else
        moves := pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, 'e.kind, e.data, e.old_data', number)
                     || format(pgq_connect.update_source(), 'old_rows', 'new_rows', key, c.old_row, r), '                ');
        updates := format(
            $sql$            -- One row, the usual case, is compared without the join.
            select exists (select from new_rows offset 1),
                   (select row(%1$s) from old_rows %8$s limit 1) *<> (select row(%1$s) from new_rows %8$s limit 1)
              into many, moved;
            if many and not moved then
                select exists (
                    select from (select row_number() over () as nr, row(%1$s) as key from old_rows %8$s) o
                           join (select row_number() over () as nr, row(%1$s) as key from new_rows %8$s) n on n.nr = o.nr
                     where o.key *<> n.key) into moved;
            end if;
            if moved%2$s then
%3$s
            else
%4$s
            end if;
            if moved and current_setting(%5$L, true) = 'y' then
                %6$s
            end if;
            if moved then
%7$s
            end if;$sql$,
            key, case when c.old_row then ' or true' end, moves, updates, marker,
            case again when '' then 'null;' else again end, mark, r);
    end if;
    return format(
        $sql$        if TG_OP = 'INSERT' then
%1$s
%2$s
        elsif TG_OP = 'UPDATE' then
%3$s
        elsif TG_OP = 'DELETE' then
%4$s
%5$s
        else
%6$s
        end if;$sql$,
        mark, inserts, updates, deletes,
        case again when '' then '' else format(
            E'            if current_setting(%L, true) = ''y'' then\n                %s\n            end if;', marker, again) end,
        pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, '''t'', null, null', number), '            '));
end
$$;
