-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._row_values: takes a row's text form apart. Every value is then what its type's output function wrote
-- under the session's settings, which is what PgQ's triggers put into events.
-- Parameters: row_text, a composite value as text.
-- Returns: the values in the order of the columns, NULL for NULL.
create or replace function pgq._row_values(row_text text) returns text[]
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    fields   constant text := substr(row_text, 2, length(row_text) - 2);
    literal  text := '{';
    last     integer;
    nr       integer := 0;
    part     text;
begin
    if fields = '' then
        return array[null::text];
    end if;
    if strpos(fields, '"') = 0 then
        return string_to_array(fields, ',', '');
    end if;
    -- Split at the quotes, every second part lies within them, but an empty part outside is a quote that was doubled.
    -- An array's text form has the same backslashes, other doubled quotes and NULL spelt out.
    last := length(fields) - length(replace(fields, '"', '')) + 1;
    foreach part in array string_to_array(fields, '"') loop
        nr := nr + 1;
        if nr % 2 = 0 then
            literal := literal || part;
        elsif part = ',' then
            literal := literal || '","';
        elsif part = '' then
            literal := literal || case when nr = 1 or nr = last then '"' else '\"' end;
        else
            part := replace(replace(regexp_replace(part, '[^,]+', '"\&"', 'g'), ',,', ',NULL,'), ',,', ',NULL,');
            literal := literal
                || case when nr > 1 then '"' when starts_with(part, ',') then 'NULL' else '' end
                || part
                || case when nr < last then '"' when right(part, 1) = ',' then 'NULL' else '' end;
        end if;
    end loop;
    return (literal || '}')::text[];
end
$$;
