-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._json_row: a row as a JSON object. Booleans and whole numbers are JSON's own, dates and times are ISO
-- 8601 whatever the session's settings, everything else is a string of what the type's output function wrote.
-- Parameters: the columns' names, types and values; which columns to leave out; row_json, the row as row_to_json
-- has it, needed only if there are dates.
-- Returns: text.
create or replace function pgq._json_row(names text[], types oid[], vals text[], left_out text[], row_json json)
    returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    fields text[] := '{}';
begin
    for i in 1 .. coalesce(cardinality(names), 0) loop
        continue when names[i] = any (left_out);
        fields := array_append(fields, to_json(names[i])::text || ':' ||
            case
                when vals[i] is null then 'null'
                when types[i] in (21, 23, 20) then vals[i]                                 -- int2, int4, int8
                when types[i] = 16 then case vals[i] when 't' then 'true' else 'false' end -- bool
                when types[i] in (1082, 1114, 1184) then (row_json -> names[i])::text      -- date, timestamp, timestamptz
                else to_json(vals[i])::text
            end);
    end loop;
    return '{' || array_to_string(fields, ',') || '}';
end
$$;
