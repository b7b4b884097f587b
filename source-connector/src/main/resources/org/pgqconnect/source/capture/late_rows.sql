-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- A deferrable key lets transactions that run at the same time hold rows of one key: one inserts it while another one, that ends
-- first, deletes the old row. Their events would come in an order that says nothing about which row is left. So the rows that a
-- transaction leaves under a key that is new to it are captured late: by a constraint trigger that fires after the
-- key's own check, which waits for all others who hold rows of that key. Each row version that stays is captured once:
--   an inserted row, or one whose key was changed, by the late trigger, if it is still there then;
--   an update that leaves the key, at once, when its old version was there before the transaction or is captured already;
--   a delete, at once, but not of a version that was not captured yet: no subscriber knows of it, and its key may be another's by now.
-- So the event of a version comes after the commit that deleted its predecessor, whose delete was captured before that commit.
-- After the transaction has written the table's rows into another file, a version may be captured again by the late trigger: that does
-- no harm, because it says what is there.

-- Function pgq_connect.has_deferrable_key: whether transactions may hold rows of the same key at once, until a deferrable
-- constraint is checked.
-- Parameters: a table's oid; the key that its rows are captured by.
-- Returns: boolean.
create or replace function pgq_connect.has_deferrable_key(rel oid, key_columns text[]) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with key as (
        select array_agg(attnum) as attnums from pg_attribute where attrelid = rel and attnum > 0 and attname = any (key_columns))
    select exists (select from pg_constraint c, key
                    where c.conrelid = rel and c.contype in ('p', 'u', 'x') and c.condeferrable and c.conkey <@ key.attnums)
           and not exists (select from pg_index i, key
                            where i.indrelid = rel and i.indisunique and i.indimmediate and i.indisvalid
                              and i.indpred is null and i.indexprs is null
                              and (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ key.attnums)
$$;

-- Function pgq_connect.captures_late: whether a captured table has the trigger that captures rows late.
-- Parameters: captured table.
-- Returns: boolean.
create or replace function pgq_connect.captures_late(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                    where t.tgrelid = c.table_oid and t.tgdeferrable
                      and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name)
$$;

-- Function pgq_connect.defer_late_rows: lets the late trigger wait for the transaction's end, although SET CONSTRAINTS ALL IMMEDIATE
-- said otherwise of later statements: the key may have been deferred again.
-- Parameters: the table of the statement.
-- Returns: nothing.
create or replace function pgq_connect.defer_late_rows(rel oid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    its text;
begin
    for its in
        select format('%I.%I', n.nspname, k.conname)
          from pg_trigger t
          join pg_constraint k on k.oid = t.tgconstraint
          join pg_namespace n on n.oid = k.connamespace
         where t.tgrelid = rel and t.tgdeferrable and t.tgname like E'zz\\_pgq\\_connect\\_%'
    loop
        execute format('set constraints %s deferred', its);
    end loop;
end
$$;

-- Function pgq_connect.is_there: whether a row version is in a table, as this transaction sees it.
-- Parameters: the table that holds it; its place.
-- Returns: boolean; true when this role cannot look.
create or replace function pgq_connect.is_there(rel oid, place tid) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_tidscan = on
as $$
declare
    answer boolean;
begin
    if not pgq_connect.may_look_up(rel) then
        return true;
    end if;
    execute format('select exists (select from only %s where ctid = $1)', rel::regclass) into answer using place;
    return answer;
end
$$;

-- Function pgq_connect.is_own: whether a row version that this transaction may change was made by itself, in whatever
-- subtransaction: others' rows are committed by then. A trigger may be the first to see the work of a subtransaction, so nothing
-- that was noted earlier can answer this.
-- Parameters: the version's xmin.
-- Returns: boolean.
create or replace function pgq_connect.is_own(xmin xid) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    epoch constant bigint := 4294967296;
    top   constant bigint := txid_current();
    maker bigint := top - top % epoch + xmin::text::bigint;
begin
    if maker < top - epoch / 2 then
        maker := maker + epoch;
    elsif maker > top + epoch / 2 then
        maker := maker - epoch;
    end if;
    -- A subtransaction's number is never below its transaction's.
    return maker >= top and coalesce(txid_status(maker) = 'in progress', false);
exception
    -- The number of a row that was frozen long ago may look like one that is yet to come.
    when invalid_parameter_value then
        return false;
end
$$;

-- Function pgq_connect.may_have_rewritten: whether this transaction may have written a table's rows into another file already
-- (TRUNCATE, CLUSTER, ALTER TABLE): that changes the table's definition and keeps everybody else away until the end.
-- Parameters: the table.
-- Returns: boolean.
create or replace function pgq_connect.may_have_rewritten(rel oid) returns boolean
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    -- The locks of all sessions are looked through only by who did change the definition. An older snapshot also shows the
    -- definition that others had changed before.
    select case when exists (select from pg_class c where c.oid = rel and pgq_connect.is_own(c.xmin)) then exists (
               select from pg_locks
                where locktype = 'relation' and relation = rel and mode = 'AccessExclusiveLock' and granted
                  and pid = pg_backend_pid() and database = (select oid from pg_database where datname = current_database()))
           else false end
$$;

-- Function pgq_connect.late_act: what a row trigger of a table with a deferrable key has to capture now. Each queue's trigger notes
-- for each table, in a setting that goes back with a savepoint, which file the rows are in, and places in it:
--   those of the transaction's row versions that are captured already. Other versions of its own are not;
--   once the transaction has written the rows into another file: those that are not captured yet, and, after a plus, those
--   that are. PostgreSQL rewrites no table while deferred triggers are to fire for it, so each row that was written into the new
--   file is known to subscribers, whatever its place and xmin are now. A place is forgotten when the late trigger has seen it,
--   because TRUNCATE may empty a file that is as new as this.
-- Where there are too many to note, all count as captured, and after a rewrite all that stay are captured late. So it is where RESET ALL
-- took the notes away: a cursor tells that there were some, which RESET ALL leaves, and which goes with a savepoint and with the
-- transaction.
-- Parameters: queue_id; the trigger's TG_RELID and TG_OP; late: it is the late trigger; moved: the key was changed; place and xmin
-- of the old row and place of the new one.
-- Returns: 'INSERT' (of the new row), 'UPDATE', 'DELETE' (of the old row), or NULL for nothing.
create or replace function pgq_connect.late_act(
    queue_id integer, rel oid, op text, late boolean, moved boolean, old_place tid, old_xmin xid, new_place tid) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    longest constant integer := 30000;
    setting constant text := format('pgq_connect.late_%s_%s', queue_id, rel);
    before  constant text := coalesce(current_setting(setting, true), '');
    now_in  constant text := coalesce(pg_relation_filenode(rel::regclass), 0);
    old_row constant text := ' ' || old_place || ' ';
    new_row constant text := ' ' || new_place || ' ';
    file    text := split_part(before, ' ', 1);
    notes   text := substr(before, length(file) + 1);
    noted   text;
    act     text;
    mark    refcursor := setting;
begin
    if file <> now_in and file <> 'rewritten' then
        file := case when file = '' and not pgq_connect.may_have_rewritten(rel) then now_in else 'rewritten' end;
        notes := case when before = '' and exists (select from pg_cursors where name = setting) then ' many ' else ' ' end;
    end if;
    if file <> 'rewritten' then
        if late then
            if strpos(notes, new_row) = 0 and pgq_connect.is_there(rel, new_place) then
                act := 'INSERT';
                noted := new_place;
            end if;
        elsif op = 'INSERT' or (notes <> ' many ' and strpos(notes, old_row) = 0 and pgq_connect.is_own(old_xmin)) then
            act := null;
        -- A trigger that comes before ours may have changed or deleted the new version already.
        elsif op = 'DELETE' or moved or not pgq_connect.is_there(rel, new_place) then
            act := 'DELETE';
        else
            act := 'UPDATE';
            noted := new_place;
        end if;
    elsif late then
        if strpos(notes, ' +' || new_place || ' ') = 0 and pgq_connect.is_there(rel, new_place) then
            act := 'INSERT';
        end if;
        notes := replace(replace(notes, new_row, ' '), ' +' || new_place || ' ', ' ');
    elsif op = 'INSERT' or strpos(notes, old_row) > 0 then
        noted := new_place;
    elsif op = 'DELETE' or moved then
        act := 'DELETE';
        noted := new_place;
    elsif not pgq_connect.is_there(rel, new_place) then
        act := 'DELETE';
        -- What became of the new version was captured before this delete of the key, and has to be captured again.
        notes := regexp_replace(notes, ' [+][^ ]+(?= )', '', 'g');
    elsif notes <> ' many ' and pg_trigger_depth() < 2 then
        act := 'UPDATE';
        noted := '+' || new_place;
    -- Else the old version may be one that a statement that is still running has made, so that nobody knows of it.
    end if;
    if noted is not null and notes <> ' many ' then
        if notes = ' ' and not exists (select from pg_cursors where name = setting) then
            open mark for select;
        end if;
        notes := case when length(notes) > longest then ' many ' else notes || noted || ' ' end;
    end if;
    if file || notes <> before then
        perform set_config(setting, file || notes, true);
    end if;
    return act;
end
$$;

-- Function pgq_connect.late_branch: the part of a trigger function that asks late_act. It names the key's columns only when the
-- layout is that which the function was generated for.
-- Parameters: the queue's id; layout; unchanged: the condition of that, as SQL text.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.late_branch(queue_id integer, l pgq_connect.layout, unchanged text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template(
        $sql$    if TG_LEVEL = 'ROW' then
        moved := true;
        if TG_NARGS = 0 and tg_op = 'UPDATE' and {{unchanged}} then
            moved := {{moved}};
        end if;
        tg_op := pgq_connect.late_act({{queue_id}}, TG_RELID, tg_op, TG_NARGS > 0, moved, OLD.ctid, OLD.xmin, NEW.ctid);
        if tg_op is null then
            return null;
        end if;
    end if;
$sql$,
        'unchanged', unchanged,
        'moved', coalesce((select format('row(%s)::record *<> row(%s)::record', string_agg(format('OLD.%I', name), ', ' order by nr),
                                         string_agg(format('NEW.%I', name), ', ' order by nr))
                             from unnest(l.key_columns) with ordinality k (name, nr)
                           having count(*) > 0), 'true'),
        'queue_id', queue_id::text)
$$;
