-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.writes_nothing: whether it is seen in the text of a trigger function that it writes to no table:
-- each of its statements is an assignment or one that writes nothing, no expression reads a table or a view, and
-- nothing is called but a few functions of the server. What it does not see through it takes for a writer.
-- Parameters: a function's oid.
-- Returns: boolean.
create or replace function pgq_connect.writes_nothing(function_oid oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    strings_and_comments constant text := $re$'[^']*(')|--[^\n\r]*|/\*([^*]|\*+[^*/])*\*+/$re$;
    code text;
    part text;
begin
    select p.prosrc into code from pg_proc p join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
     where p.oid = function_oid;
    -- What needs more than this to be recognised: escapes in strings, names and strings in other quotes.
    if code is null or code ~ $re$[\\"$]$re$ collate "C" then
        return false;
    end if;
    for part in select m[1] from regexp_matches(code collate "C", '(' || strings_and_comments || ')', 'g') m loop
        -- Comments may be nested.
        if starts_with(part, '/*') and strpos(substr(part, 3), '/*') > 0 then
            return false;
        end if;
    end loop;
    -- What is left may hold no part of a string or comment, and no letters of other alphabets: they are part of names.
    if regexp_replace(code collate "C", strings_and_comments, ' ', 'g') ~ $re$[^\t\n\f\r -~]|'|/\*|\*/$re$ collate "C" then
        return false;
    end if;
    -- A quote is left of a string, and nothing of a comment.
    code := regexp_replace(code collate "C", strings_and_comments, E' \\1 ', 'g');
    code := regexp_replace(lower(code collate "C"), E'\\s+', ' ', 'g');
    code := regexp_replace(code, ' ?([.;()]) ?', E'\\1', 'g');
    code := regexp_replace(code, E'\\mis (not )?distinct from\\M', '<>', 'g');
    -- A field of an expression may be a function of its type.
    if code ~ E'[)\\]][.]'
       or code ~ E'\\m(select|from|table|values|with|into|insert|update|delete|merge|truncate|copy|perform|execute|call|do|query|for|open)\\M' then
        return false;
    end if;
    for part in select m[1] from regexp_matches(code, '([a-z0-9_.]+) ?[(]', 'g') m loop
        if part <> all (pgq_connect.known_calls()) then
            return false;
        end if;
    end loop;
    -- What is declared is no statement. The first quantifier must be the one that takes the least. A statement begins
    -- after each of the others.
    code := regexp_replace(code, E'(?<![.])\\mdeclare(?= ).*?[; ]begin(?= )', ' begin', 'g');
    for part in select btrim(piece) from regexp_split_to_table(code, E';|(?<![.])\\m(?:begin|then|else)\\M') piece loop
        if part !~ E'^((if|elsif|return|raise|null|end)\\M|[a-z_][a-z0-9_]*([.][a-z_][a-z0-9_]*)* ?:?=|$)' then
            return false;
        end if;
    end loop;
    return not pgq_connect.hides_calls();
end
$$;
