-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._urlencode: as application/x-www-form-urlencoded, the way PgQ writes it: hexadecimal digits in lower
-- case.
-- Parameters: plain.
-- Returns: text; its bytes are those of the database's encoding.
create or replace function pgq._urlencode(plain text) returns text
    language plpgsql immutable strict
    set search_path = pg_catalog, pg_temp
as $$
declare
    encoded text := replace(plain, '%', '%25');
    special text := regexp_replace(plain, '[A-Za-z0-9_.% -]+', '', 'g');
    c       text;
begin
    -- What a character becomes has no character in it that is still to come. Each one costs one scan of the whole text,
    -- so of many different ones the rest is done in a slower, but single pass.
    for i in 1 .. 60 loop
        exit when special = '';
        c := left(special, 1);
        special := replace(special, c, '');
        encoded := replace(encoded, c, regexp_replace(encode(convert_to(c, getdatabaseencoding()), 'hex'), '..', E'%\\&', 'g'));
    end loop;
    if special <> '' then
        select string_agg(case
                              when piece[1] ~ '^[A-Za-z0-9_.% -]' then piece[1]
                              else regexp_replace(encode(convert_to(piece[1], getdatabaseencoding()), 'hex'), '..', E'%\\&', 'g')
                          end, '' order by nr)
          into encoded
          from regexp_matches(encoded, '[A-Za-z0-9_.% -]+|[^A-Za-z0-9_.% -]+', 'g') with ordinality p (piece, nr);
    end if;
    return replace(encoded, ' ', '+');
end
$$;

-- Function pgq._urlencode_row: a row as name=value&name=value; a NULL is a name without "=".
-- Parameters: the columns' names and values; which columns to leave out.
-- Returns: text, empty without columns.
create or replace function pgq._urlencode_row(names text[], vals text[], left_out text[]) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    between_fields constant text := E'\x01';
    before_value   constant text := E'\x02';
    at_once        constant boolean := array_to_string(vals, '') || array_to_string(names, '') !~ E'[\x01\x02]';
    fields         text[] := '{}';
begin
    for i in 1 .. coalesce(cardinality(names), 0) loop
        continue when names[i] = any (left_out);
        if at_once then
            fields := array_append(fields, names[i] || coalesce(before_value || vals[i], ''));
        else
            fields := array_append(fields, pgq._urlencode(names[i]) || coalesce('=' || pgq._urlencode(vals[i]), ''));
        end if;
    end loop;
    if at_once then
        -- One pass for the whole row; the two separators come back as %01 and %02, which nothing else can.
        return replace(replace(pgq._urlencode(array_to_string(fields, between_fields)), '%01', '&'), '%02', '=');
    end if;
    return array_to_string(fields, '&');
end
$$;
