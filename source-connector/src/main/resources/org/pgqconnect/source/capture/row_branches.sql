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
    old_key text;
    new_key text;
begin
    select string_agg(format('OLD.%I', name), ', ' order by nr), string_agg(format('NEW.%I', name), ', ' order by nr)
      into old_key, new_key
      from unnest(l.key_columns) with ordinality k (name, nr);
    return format(
        $sql$        if TG_OP = 'INSERT' then
            kind := 'c';
            data := textin(record_out(NEW));
        elsif TG_OP = 'UPDATE' then
            kind := 'u';
            data := textin(record_out(NEW));
            moved := %1$s;
            if moved then
                kind := 'c';
                old_data := textin(record_out(OLD));
%2$s
                old_data := null;
            %3$send if;
        elsif TG_OP = 'DELETE' then
            kind := 'd';
            data := textin(record_out(OLD));
        else
%6$s
            return null;
        end if;
%4$s%5$s$sql$,
        coalesce('row(' || old_key || ')::record *<> row(' || new_key || ')::record', 'true'),
        pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, '''d'', old_data, null', number), '                '),
        case when c.old_row then E'else\n                old_data := textin(record_out(OLD));\n            ' end,
        pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, 'kind, data, old_data', number), '        '),
        case when pgq_connect.corrections(c, q, l, null, 'NEW', false, number) <> '' then format(
            E'\n        if TG_OP = ''DELETE'' or moved then%s\n        end if;'
            '\n        if TG_OP in (''INSERT'', ''UPDATE'') then%s\n        end if;',
            pgq_connect.corrections(c, q, l, null, 'OLD', true, number),
            pgq_connect.corrections(c, q, l, null, 'NEW', false, number)) end,
        pgq_connect.captured_truncate(c, q, l, number));
end
$$;
