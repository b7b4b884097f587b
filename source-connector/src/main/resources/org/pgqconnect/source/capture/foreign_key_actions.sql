-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.writes_nothing: whether it is seen in the text of a trigger function that it writes to no table: it holds no
-- statement of SQL and calls nothing but a few functions of the server. What it does not see through it takes for a writer.
-- Parameters: a function's oid.
-- Returns: boolean.
create or replace function pgq_connect.writes_nothing(function_oid oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select l.lanname = 'plpgsql'
           and p.prosrc !~* E'\\m(insert|update|delete|merge|truncate|copy|select|with|perform|execute|call|query|into|for|open|do)\\M'
           and regexp_replace(p.prosrc,
                   E'\\m(now|clock_timestamp|statement_timestamp|transaction_timestamp|coalesce|nullif|greatest|least|lower|upper|trim'
                   '|length|round|gen_random_uuid|md5|to_tsvector|if|elsif|when|then|else|and|or|not|in|return|from)\\s*\\(', '<', 'gi')
               !~ E'[\\w"]\\s*\\('
      from pg_proc p join pg_language l on l.oid = p.prolang
     where p.oid = function_oid
$$;

-- Function pgq_connect.acted_on_reason: why a table's rows may be changed again before their change by a foreign key's action is
-- captured. The action's queries leave their AFTER triggers to the statement that fired the action: they fire after other actions of
-- it, and after the triggers of others that it fires, and one that changes two rows of a table may delete the first before. Triggers
-- count on each table that such a statement may reach, whatever their functions do, unless it is seen at once that they write nothing.
-- Parameters: a table's oid; of a partition, all of its tree counts.
-- Returns: text; NULL when no action changes its rows, or the order of the events is that of the changes.
create or replace function pgq_connect.acted_on_reason(rel oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with recursive actions as materialized (
        select oid, conname, coalesce(pg_partition_root(conrelid::regclass), conrelid)::oid as child,
               coalesce(pg_partition_root(confrelid::regclass), confrelid)::oid as parent,
               confupdtype in ('c', 'n', 'd') or confdeltype in ('n', 'd') as changes
          from pg_constraint
         where contype = 'f' and conparentid = 0 and (confupdtype in ('c', 'n', 'd') or confdeltype in ('c', 'n', 'd'))),
    up (oid) as (
        select coalesce(pg_partition_root(rel::regclass), rel)::oid
        union select a.parent from up join actions a on a.child = up.oid),
    family (oid) as (
        select oid from up where exists (select from actions where child = coalesce(pg_partition_root(rel::regclass), rel)::oid)
        union select a.child from family join actions a on a.parent = family.oid),
    several as (
        select child, string_agg(quote_ident(conname), ' and ' order by conname) as names
          from actions where child in (select oid from family) and child in (select oid from up)
         group by child having count(*) > 1 and bool_or(changes))
    select coalesce(
        (select format('foreign keys %s of table %s change rows of it', names, child::regclass) from several order by child limit 1),
        (select format('trigger %s of table %s may change rows that a foreign key''s action changes as well', quote_ident(t.tgname),
                       t.tgrelid::regclass)
           from family f
          cross join lateral (select f.oid as relid union select relid from pg_partition_tree(f.oid::regclass)) member
           join pg_trigger t on t.tgrelid = member.relid and not t.tgisinternal
           join pg_proc p on p.oid = t.tgfoid
                and p.pronamespace not in ('pgq_connect'::regnamespace, 'pgq'::regnamespace, 'pg_catalog'::regnamespace)
          where t.tgtype & 64 = 0
            -- What comes before a statement that no action runs is done before any action.
            and (t.tgtype & 2 = 0 or exists (select from actions a where a.child = f.oid))
            and not pgq_connect.writes_nothing(p.oid)
          order by t.tgname, t.tgrelid limit 1))
$$;
