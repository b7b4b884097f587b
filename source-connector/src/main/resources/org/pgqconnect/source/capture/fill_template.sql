-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.fill_template: replaces the markers of a template by named texts. A marker is one of these:
--   {{name}}    the text as it is, nothing for NULL, like %s of format()
--   {{'name'}}  the text as an SQL literal, NULL for NULL, like %L
--   {{"name"}}  the text as an SQL identifier, like %I
-- Each text is put in where the template has its marker, and not searched for markers itself: it may hold braces.
-- Parameters: template; parts: name, text, name, text ...
-- Returns: text; raises an error when a marker has no text, or a text no marker.
create or replace function pgq_connect.fill_template(template text, variadic parts text[]) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    names  constant text[] := array(select parts[nr] from generate_series(1, cardinality(parts), 2) nr);
    pieces constant text[] := string_to_array(template, '{{');
    filled text      := split_part(template, '{{', 1);
    used   integer[] := '{}';
    piece  text;
    marker text;
    nr     integer;
    part   text;
begin
    if cardinality(parts) % 2 = 1 then
        raise exception 'A template has an odd number of names and texts' using errcode = 'undefined_parameter';
    end if;
    -- Each piece but the first begins with a marker, whose opening braces are cut off.
    foreach piece in array pieces[2:] loop
        marker := split_part(piece, '}}', 1);
        nr := array_position(names, btrim(marker, $q$'"$q$));
        part := case marker
                    when names[nr] then coalesce(parts[2 * nr], '')
                    when quote_literal(names[nr]) then quote_nullable(parts[2 * nr])
                    when '"' || names[nr] || '"' then quote_ident(parts[2 * nr])
                end;
        if part is null or marker = piece then
            raise exception 'A template has marker {{%}}, and no text for it', marker using errcode = 'undefined_parameter';
        end if;
        filled := filled || part || substr(piece, length(marker) + 3);
        used := used || nr;
    end loop;
    for nr in select n from generate_subscripts(names, 1) n where n <> all (used) loop
        raise exception 'A template has no marker {{%}}, and there is a text for it', names[nr] using errcode = 'undefined_parameter';
    end loop;
    return filled;
end
$$;
