-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
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
        $sql${{closed}}        if TG_OP = 'INSERT' then{{mark}}
{{inserts}}{{correct_new}}
        elsif TG_OP = 'UPDATE' then
{{updates}}{{moves}}{{correct_new}}{{mark}}
        elsif TG_OP = 'DELETE' then
{{deletes}}{{again}}{{correct_old}}
        else
{{truncate}}
        end if;$sql$,
        'closed', case when (shape ->> 'closed')::boolean
                       then format(E'        perform pgq_connect.note_closed(%L, %s);\n', c.queue_name, c.table_oid) end,
        'mark', mark, 'inserts', events[1], 'updates', events[2], 'deletes', events[3],
        'moves', case when again || correct_old = '' or moved is null then ''
                      else format(E'\n            if %s then%s%s\n            end if;', moved, again, correct_old) end,
        'again', again, 'correct_old', correct_old, 'correct_new', correct_new,
        'truncate', pgq_connect.captured_truncate(c, q, l, number));
end
$$;
