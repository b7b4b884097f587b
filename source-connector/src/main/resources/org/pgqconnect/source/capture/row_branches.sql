-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.row_branches: the part of a row-level trigger function for an unchanged layout.
-- Parameters: captured table, queue, layout; partitioned: the layout's number is in variable layout_nr.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.row_branches(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, partitioned boolean) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    number  constant text := case when partitioned then 'layout_nr::text' else quote_literal(l.layout_id) end;
    correct_new constant text := pgq_connect.corrections(c, q, l, null, 'NEW', false, number);
    old_key text;
    new_key text;
begin
    select string_agg(format('OLD.%I', name), ', ' order by nr), string_agg(format('NEW.%I', name), ', ' order by nr)
      into old_key, new_key
      from unnest(l.key_columns) with ordinality k (name, nr);
    return pgq_connect.fill_template(
        $sql$        if TG_OP = 'INSERT' then
            kind := 'c';
            data := textin(record_out(NEW));
        elsif TG_OP = 'UPDATE' then
            kind := 'u';
            data := textin(record_out(NEW));
            moved := {{moved}};
            if moved then
                kind := 'c';
                old_data := textin(record_out(OLD));
{{delete_moved}}
                old_data := null;
            {{keep_old}}end if;
        elsif TG_OP = 'DELETE' then
            kind := 'd';
            data := textin(record_out(OLD));
        else
{{truncate}}
            return null;
        end if;
{{insert}}{{correct}}$sql$,
        'moved', coalesce('row(' || old_key || ')::record *<> row(' || new_key || ')::record', 'true'),
        'delete_moved', pgq_connect.by_event_table(
            q, pgq_connect.insert_head(q, l, '''d'', old_data, null', number), '                '),
        'keep_old', case when c.old_row then E'else\n                old_data := textin(record_out(OLD));\n            ' end,
        'insert', pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, 'kind, data, old_data', number), '        '),
        'correct', case when correct_new <> '' then pgq_connect.fill_template($sql$
        if TG_OP = 'DELETE' or moved then{{correct_old}}
        end if;
        if TG_OP in ('INSERT', 'UPDATE') then{{correct_new}}
        end if;$sql$,
            'correct_old', pgq_connect.corrections(c, q, l, null, 'OLD', true, number), 'correct_new', correct_new) end,
        'truncate', pgq_connect.captured_truncate(c, q, l, number));
end
$$;
