-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.acted_on_reason: why the events of a table's rows may come in another order than the changes,
-- because of an action of a foreign key. The action's queries leave their AFTER triggers to the statement that fired
-- the action: they fire after the triggers of others that it fires. BEFORE triggers run inside the action, so what they
-- write to the table that the statement changed comes before that change.
-- Triggers count on each table that such a statement may reach by actions, whatever their functions do, unless it is
-- seen at once that they write nothing.
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
    -- Most tables have no part in any action: a session's first write waits for this. The triggers are those of
    -- actions.
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
           -- What comes before a statement that no action runs is done before any action; what comes after one, after
           -- the events of the table that it changed.
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
