-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.known_calls: what may stand before a parenthesis in a trigger function that writes nothing: functions of the
-- server, keywords, and types.
-- Returns: names.
create or replace function pgq_connect.known_calls() returns text[]
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select '{now,clock_timestamp,statement_timestamp,transaction_timestamp,coalesce,nullif,greatest,least,lower,upper,trim,btrim,ltrim,rtrim,
             length,round,floor,ceil,abs,concat,replace,date_trunc,gen_random_uuid,md5,to_tsvector,
             if,elsif,when,then,else,and,or,not,in,return,numeric,varchar,char,timestamptz,timestamp}'::text[]
$$;

-- Function pgq_connect.hides_calls: whether code of users may run in an expression that names no function of theirs: as an operator, a
-- cast, the order of a type, a domain's constraint, or under the name of one of the server's functions that writes_nothing knows.
-- Functions in C are those of extensions.
-- Returns: boolean.
create or replace function pgq_connect.hides_calls() returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from pg_proc p join pg_language l on l.oid = p.prolang
         where l.lanname not in ('internal', 'c') and p.oid >= 16384
           and (p.oid in (select oprcode from pg_operator where oid >= 16384)
                or p.oid in (select castfunc from pg_cast where oid >= 16384)
                or p.oid in (select amproc from pg_amproc where oid >= 16384)
                or p.oid in (select d.refobjid from pg_depend d join pg_constraint k on k.oid = d.objid and k.contypid <> 0
                              where d.classid = 'pg_constraint'::regclass and d.refclassid = 'pg_proc'::regclass)
                or p.proname = any (pgq_connect.known_calls())))
$$;

-- Function pgq_connect.writes_nothing: whether it is seen in the text of a trigger function that it writes to no table: each of its
-- statements is an assignment or one that writes nothing, no expression reads a table or a view, and nothing is called but a few
-- functions of the server. What it does not see through it takes for a writer.
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
    -- What needs more than this to be told apart: escapes in strings, names and strings in other quotes.
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
    -- What is declared is no statement. The first quantifier must be the one that takes the least. A statement begins after each of
    -- the others.
    code := regexp_replace(code, E'(?<![.])\\mdeclare(?= ).*?[; ]begin(?= )', ' begin', 'g');
    for part in select btrim(piece) from regexp_split_to_table(code, E';|(?<![.])\\m(?:begin|then|else)\\M') piece loop
        if part !~ E'^((if|elsif|return|raise|null|end)\\M|[a-z_][a-z0-9_]*([.][a-z_][a-z0-9_]*)* ?:?=|$)' then
            return false;
        end if;
    end loop;
    return not pgq_connect.hides_calls();
end
$$;

-- Function pgq_connect.chained_actions_reason: why form "statement" cannot tell from a statement's rows what it left behind, because of
-- the actions of foreign keys of the table. Their changes join those of the statement that fired them: the trigger of each kind of
-- change fires once for all of them, after the last one. So an update may come after the delete of the same row, and one row may be
-- twice among the old and the new rows, which tells nothing when a change of the key is a delete and an insert. What only deletes
-- comes last, and what changes no key comes in the order of the changes. The triggers of form "row" fire in that order.
-- Parameters: a table's oid; the key that its rows are captured by, when that is not the primary key; has_options: a condition may tell
-- by any column which rows there are.
-- Returns: text; NULL when each row's last change comes last.
create or replace function pgq_connect.chained_actions_reason(
    rel oid, key_columns text[] default null, has_options boolean default false) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select format(case count(*) when 1 then 'foreign key %s changes rows of it' else 'foreign keys %s change rows of it' end,
                  string_agg(quote_ident(k.conname), ' and ' order by k.conname))
      from pg_constraint k
     where k.conrelid = rel and k.contype = 'f' and k.conparentid = 0
       and (k.confupdtype in ('c', 'n', 'd') or k.confdeltype in ('c', 'n', 'd'))
    having bool_or(k.confupdtype in ('c', 'n', 'd') or k.confdeltype in ('n', 'd'))
       and (has_options
            or bool_or(k.confdeltype = 'c')
            -- Each unique index counts, because it may be the operator's key.
            or bool_or((k.confupdtype in ('c', 'n', 'd') or k.confdeltype in ('n', 'd')) and (
                   exists (select from pg_index i where i.indrelid = rel and i.indisunique and k.conkey && i.indkey::int2[])
                   or exists (select from pg_attribute a
                               where a.attrelid = rel and a.attnum = any (k.conkey)
                                 and a.attname = any (chained_actions_reason.key_columns)))))
$$;

-- Function pgq_connect.acted_on_reason: why the events of a table's rows may come in another order than the changes, because of an
-- action of a foreign key. The action's queries leave their AFTER triggers to the statement that fired the action: they fire after the
-- triggers of others that it fires. BEFORE triggers run inside the action, so what they write to the table that the statement changed
-- comes before that change.
-- Triggers count on each table that such a statement may reach by actions, whatever their functions do, unless it is seen at once
-- that they write nothing.
-- Parameters: a table's oid; of a partition, all of its tree counts.
-- Returns: text; NULL when the order of the events is that of the changes.
create or replace function pgq_connect.acted_on_reason(rel oid) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    root   constant oid   := coalesce(pg_partition_root(rel::regclass), rel);
    tree   constant oid[] := array(select root union select relid from pg_partition_tree(root::regclass));
    reason text;
begin
    -- Most tables have no part in any action: a session's first write waits for this. The triggers are those of actions.
    if not exists (select from pg_constraint
                    where conrelid = any (tree) and contype = 'f'
                      and (confupdtype in ('c', 'n', 'd') or confdeltype in ('c', 'n', 'd')))
       and not exists (select from pg_trigger
                        where tgrelid = any (tree) and tgisinternal
                          and tgfoid in ('"RI_FKey_cascade_del"'::regproc, '"RI_FKey_cascade_upd"'::regproc, '"RI_FKey_setnull_del"'::regproc,
                                         '"RI_FKey_setnull_upd"'::regproc, '"RI_FKey_setdefault_del"'::regproc,
                                         '"RI_FKey_setdefault_upd"'::regproc)) then
        return null;
    end if;
    with recursive actions as materialized (
        select coalesce(pg_partition_root(conrelid::regclass), conrelid)::oid as child,
               coalesce(pg_partition_root(confrelid::regclass), confrelid)::oid as parent
          from pg_constraint
         where contype = 'f' and conparentid = 0 and (confupdtype in ('c', 'n', 'd') or confdeltype in ('c', 'n', 'd'))),
    up (oid) as (
        select root union select a.parent from up join actions a on a.child = up.oid),
    family (oid) as (
        select oid from up union select a.child from family join actions a on a.parent = family.oid),
    triggers as materialized (
        select t.tgname, t.tgrelid, t.tgfoid
          from family f
         cross join lateral (select f.oid as relid union select relid from pg_partition_tree(f.oid::regclass)) member
          join pg_trigger t on t.tgrelid = member.relid and not t.tgisinternal
         where t.tgtype & 64 = 0 and t.tgtype & 28 <> 0
           -- What comes before a statement that no action runs is done before any action; what comes after one, after the events of
           -- the table that it changed.
           and case when t.tgtype & 2 = 0 then exists (select from actions where child = root)
                    else exists (select from actions a where a.child = f.oid) end),
    writers as materialized (
        select p.oid from pg_proc p
         where p.oid in (select tgfoid from triggers)
           and p.pronamespace not in ('pgq_connect'::regnamespace, 'pgq'::regnamespace, 'pg_catalog'::regnamespace)
           and not pgq_connect.writes_nothing(p.oid))
    select format('trigger %s of table %s may change rows that a foreign key''s action changes as well', quote_ident(tgname),
                  tgrelid::regclass)
      into reason
      from triggers where tgfoid in (select oid from writers) order by tgname, tgrelid limit 1;
    return reason;
end
$$;
