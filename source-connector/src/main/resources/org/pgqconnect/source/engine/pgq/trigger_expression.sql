-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._with_columns: an expression of a PgQ trigger's argument, its column names made references to
-- a row. Names are taken as they stand, in subqueries too; strings, comments and names after a dot are left alone.
-- Parameters: expression; the columns' names.
-- Returns: SQL text with the row as parameter 1.
create or replace function pgq._with_columns(expression text, names text[]) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(case
                          when token[1] = any (names) then '($1).' || quote_ident(token[1])
                          when token[1] like '"%' and replace(trim('"' from token[1]), '""', '"') = any (names)
                              then '($1).' || token[1]
                          else token[1]
                      end, '' order by nr)
      from regexp_matches(
               expression,
               E'([[:alpha:]_][[:alnum:]_$]*(?:\\s*\\.\\s*[[:alpha:]_"*][[:alnum:]_$"]*)+'
               '|[eE]''(?:[^''\\\\]|\\\\.|'''')*''|''(?:[^'']|'''')*'''
               '|"(?:[^"]|"")*"'
               '|\\$\\$(?:[^$]|\\$[^$])*\\$\\$|\\$[[:alpha:]_][[:alnum:]_]*\\$[^$]*\\$[[:alpha:]_][[:alnum:]_]*\\$'
               '|--[^\\n]*|/\\*(?:[^*]|\\*+[^*/])*\\*+/'
               '|[[:alpha:]_][[:alnum:]_$]*'
               '|[0-9][[:alnum:]_.]*'
               '|.)', 'g') with ordinality m (token, nr)
$$;

-- Function pgq._trigger_expression: evaluates an expression of a PgQ trigger's argument, as the writer.
-- Parameters: expression; the columns' names; the row.
-- Returns: the value as its type's output function writes it; NULL for an empty expression, too.
create or replace function pgq._trigger_expression(expression text, names text[], its_row record) returns text
    language plpgsql stable
as $$
declare
    result record;
    rows   bigint := 0;
begin
    if expression operator(pg_catalog.=) '' then
        return null;
    end if;
    for result in
        execute pg_catalog.concat('select ', pgq._with_columns(expression, names)) using its_row
    loop
        rows := rows operator(pg_catalog.+) 1;
    end loop;
    if rows operator(pg_catalog.<>) 1 then
        raise exception 'Expect 1 row from override query, got %', rows
            using errcode = 'internal_error', detail = pg_catalog.format('Expression: %s', expression);
    end if;
    return (pgq._row_values(result::pg_catalog.text))[1];
end
$$;

-- Function pgq._trigger_condition: evaluates the condition of a PgQ trigger's argument, as the writer.
-- Parameters: expression, NULL for none; the columns' names; the row.
-- Returns: boolean; raises an error when it is not one.
create or replace function pgq._trigger_condition(expression text, names text[], its_row record) returns boolean
    language plpgsql stable
as $$
declare
    result record;
    rows   bigint := 0;
    type   pg_catalog.oid := 0;
    value  boolean;
begin
    if expression is null then
        return true;
    end if;
    if expression operator(pg_catalog.<>) '' then
        for result in
            execute pg_catalog.concat('select pg_catalog.pg_typeof(w.w)::pg_catalog.oid as its_type, w.w::pg_catalog.text as its_value from (select ',
                                      pg_catalog.rtrim(pgq._with_columns(expression, names), E'; \n'), E'\n) w (w)')
              using its_row
        loop
            rows := rows operator(pg_catalog.+) 1;
        end loop;
        if rows operator(pg_catalog.<>) 1 then
            raise exception 'Expect 1 row from override query, got %', rows
                using errcode = 'internal_error', detail = pg_catalog.format('Expression: when=%s', expression);
        end if;
        type := result.its_type;
    end if;
    if type operator(pg_catalog.<>) 16 then
        raise exception 'when= query result must be boolean, got=%', type
            using errcode = 'internal_error', detail = pg_catalog.format('Expression: when=%s', expression);
    end if;
    value := result.its_value;
    if value is null then
        raise exception 'when= should not be NULL'
            using errcode = 'internal_error', detail = pg_catalog.format('Expression: when=%s', expression);
    end if;
    return value;
end
$$;
