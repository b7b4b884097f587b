-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._sql_row: a change as the part of an SQL statement that follows the table's name.
-- Parameters: operation; the columns' names, which of them are the key, which to leave out; the row, and for an update
-- the row before it and the names of the columns that differ.
-- Returns: text.
create or replace function pgq._sql_row(op text, names text[], keys text[], left_out text[], vals text[],
                                        old_vals text[], changed text[]) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    cols     text;
    literals text;
    keyed    text;
    no_value boolean;
begin
    if op = 'INSERT' then
        select string_agg(quote_ident(name), ',' order by nr),
               string_agg(coalesce(quote_literal(value), 'null'), ',' order by nr)
          into cols, literals
          from unnest(names, vals) with ordinality r (name, value, nr)
         where left_out is null or name <> all (left_out);
        return format('(%s) values (%s)', cols, literals);
    end if;
    -- A key column is part of the condition even if it is left out otherwise, unless it is one of PgQ's own.
    select string_agg(quote_ident(name) || '=' || quote_literal(value), ' and ' order by nr), bool_or(value is null)
      into keyed, no_value
      from unnest(names, coalesce(old_vals, vals)) with ordinality r (name, value, nr)
     where name = any (keys) and name not like E'\\_pgq\\_ev\\_%';
    if op = 'UPDATE' then
        select string_agg(quote_ident(name) || '=' || coalesce(quote_literal(value), 'NULL'), ',' order by nr)
          into cols
          from unnest(names, vals) with ordinality r (name, value, nr)
         where name = any (changed) and (left_out is null or name <> all (left_out));
    end if;
    if no_value or (op = 'UPDATE' and cols is null and keyed is null) then
        raise exception 'logtriga: Unexpected NULL key value'
            using errcode = 'internal_error', detail = format('Key columns: %s.', array_to_string(keys, ', '));
    end if;
    if op = 'DELETE' then
        return coalesce(keyed, '');
    end if;
    if cols is null then
        -- Nothing changed; some statement has to come of it.
        select quote_ident(name) || '=' || quote_literal(value) into cols
          from unnest(names, old_vals) with ordinality r (name, value, nr)
         where name = any (keys) and name not like E'\\_pgq\\_ev\\_%'
         order by nr limit 1;
    end if;
    return cols || ' where ' || coalesce(keyed, '');
end
$$;
