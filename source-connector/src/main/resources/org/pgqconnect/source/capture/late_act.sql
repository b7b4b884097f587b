-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- A deferrable key lets transactions that run at the same time hold rows of one key: one inserts it while another one,
-- that ends first, deletes the old row. Their events would come in an order that says nothing about which row is left.
-- So the rows that a transaction leaves under a key that is new to it are captured late: by a constraint trigger that
-- fires after the key's own check, which waits for all others who hold rows of that key. Each row version that stays is
-- captured once:
--   an inserted row, or one whose key was changed, by the late trigger, if it is still there then;
--   an update that leaves the key, at once, when its old version was there before the transaction or is captured already;
--   a delete, at once, but not of a version that was not captured yet: no subscriber knows of it, and its key may be another's by now.
-- So the event of a version comes after the commit that deleted its predecessor, whose delete was captured before that
-- commit.
-- After the transaction has written the table's rows into another file, a version may be captured again by the late
-- trigger: that does no harm, because it says what is there.

-- Function pgq_connect.late_act: what a row trigger of a table with a deferrable key has to capture now. Each queue's
-- trigger notes for each table, in a setting that goes back with a savepoint, which file the rows are in, and places in
-- it:
--   those of the transaction's row versions that are captured already. Other versions of its own are not;
--   once the transaction has written the rows into another file: those that are not captured yet, and, after a plus, those
--   that are. PostgreSQL rewrites no table while deferred triggers are to fire for it, so each row that was written into the new
--   file is known to subscribers, whatever its place and xmin are now. A place is forgotten when the late trigger has seen it,
--   because TRUNCATE may empty a file that is as new as this.
-- Where there are too many to note, all count as captured, and after a rewrite all that stay are captured late. So it
-- is where RESET ALL took the notes away: a cursor tells that there were some, which RESET ALL leaves, and which goes
-- with a savepoint and with the transaction.
-- Parameters: queue_id; the trigger's TG_RELID and TG_OP; late: it is the late trigger; moved: the key was changed;
-- place and xmin of the old row and place of the new one.
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
    -- Else the old version may be one that a statement that is still running has made, so that no record of it exists.
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
