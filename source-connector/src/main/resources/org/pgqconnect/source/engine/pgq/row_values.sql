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
    fields constant text := substr(row_text, 2, length(row_text) - 2);
begin
    if fields = '' then
        return array[null::text];
    end if;
    if strpos(fields, '"') = 0 then
        return string_to_array(fields, ',', '');
    end if;
    -- A field in quotes has quotes and backslashes doubled; an empty one without quotes is NULL.
    return array(
        select case
                   when field[1] = '' then null
                   when starts_with(field[1], '"')
                       then replace(replace(substr(field[1], 2, length(field[1]) - 2), '""', '"'), E'\\\\', E'\\')
                   else field[1]
               end
          from regexp_matches(',' || fields, ',("(?:[^"]|"")*"|[^,"]*)', 'g') field);
end
$$;
