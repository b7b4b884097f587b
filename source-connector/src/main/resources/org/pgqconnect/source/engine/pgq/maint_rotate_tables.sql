-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_rotate_tables_step1: empties the oldest event table and directs new events into it, if the
-- rotation period is over, step 2 of the last rotation is done and no consumer can need that table any more.
-- Parameters: i_queue_name.
-- Returns: 0.
create or replace function pgq.maint_rotate_tables_step1(i_queue_name text) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q         pgq.queue%rowtype;
    slowest   bigint;
    least     bigint;
    next_nr   integer;
    next_name text;
    youngest  bigint;
begin
    select * into q from pgq.queue where queue_name = i_queue_name for update;
    if not found or q.queue_switch_step2 is null or q.queue_switch_time + q.queue_rotation_period >= now() then
        return 0;
    end if;
    select min(sub_last_tick) into slowest from pgq.subscription where sub_queue = q.queue_id;
    if slowest is not null then
        select txid_snapshot_xmin(tick_snapshot) into least
          from pgq.tick where tick_queue = q.queue_id and tick_id = slowest;
        if least is null or least <= q.queue_switch_step2 then
            return 0;
        end if;
    end if;

    next_nr := (q.queue_cur_table + 1) % q.queue_ntables;
    next_name := pgq.quote_fqname(q.queue_data_pfx || '_' || next_nr);
    begin
        execute format('lock table %s in access exclusive mode nowait', next_name);
    exception
        when lock_not_available then
            raise warning 'maint_rotate_tables_step1: % is locked, rotation of queue % is put off',
                next_name, i_queue_name;
            return 0;
    end;
    -- A REPEATABLE READ transaction with a snapshot older than two switches may have written here.
    execute format('select ev_txid from %s order by ev_txid desc limit 1', next_name) into youngest;
    if youngest >= least then
        raise warning 'maint_rotate_tables_step1: % holds events that consumers have yet to read,'
                      ' rotation of queue % is put off', next_name, i_queue_name;
        return 0;
    end if;
    execute format('truncate table %s', next_name);
    update pgq.queue
       set queue_cur_table = next_nr, queue_switch_time = now(),
           queue_switch_step1 = txid_current(), queue_switch_step2 = null
     where queue_id = q.queue_id;
    -- Events before step 2 of the last rotation are gone now, and rarely later ones, so no consumer can start at their
    -- ticks.
    delete from pgq.tick
     where tick_queue = q.queue_id
       and txid_snapshot_xmin(tick_snapshot) < greatest(q.queue_switch_step2, youngest + 1)
       and tick_id < coalesce(slowest, (select max(tick_id) from pgq.tick where tick_queue = q.queue_id));
    return 0;
end
$$;

-- Function pgq.maint_rotate_tables_step2: ends the rotations that were begun; in a transaction of its own, so that
-- every transaction after it has seen the switch.
-- Returns: 0.
create or replace function pgq.maint_rotate_tables_step2() returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform from pgq.queue where queue_switch_step2 is null order by queue_id for no key update;
    update pgq.queue
       set queue_switch_step2 = txid_current()
     where queue_switch_step2 is null
       and queue_switch_step1 < txid_current();
    return 0;
end
$$;
