-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._tick_due: the rule that decides whether a queue needs a tick now.
-- With new events: as soon as there are max_count of them or the last tick is max_lag old. Without: ever more rarely,
-- the pause doubling up to idle_period, so that the first event after a quiet time finds its tick at once.
-- Parameters: new events since the last tick, age of the last tick, time between the last two ticks (NULL when there
-- is only one), and the queue's three settings.
-- Returns: boolean.
create or replace function pgq._tick_due(new_events bigint, lag interval, last_gap interval,
                                         max_count integer, max_lag interval, idle_period interval)
    returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when new_events > 0 then new_events >= max_count or lag >= max_lag
               when last_gap is null then true
               else not (lag < max_lag / 2 or (lag < last_gap * 2 and lag < idle_period))
           end
$$;

-- Function pgq._require_fresh_snapshot: refuses a tick whose snapshot is older than that of the queue's last tick,
-- which a REPEATABLE READ transaction could make: its snapshot is older than the lock. What the last tick saw would be
-- delivered twice. Such a tick cannot be seen; but an INSERT of its id fails with a serialization failure.
-- Parameters: the queue, whose row is locked.
-- Returns: nothing.
create or replace function pgq._require_fresh_snapshot(q pgq.queue) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    seen bigint;
begin
    if current_setting('transaction_isolation') = 'read committed' then
        return;
    end if;
    select max(tick_id) into seen from pgq.tick where tick_queue = q.queue_id;
    for id in coalesce(seen, 0) + 1 .. pgq.seq_getval(q.queue_tick_seq) loop
        insert into pgq.tick (tick_queue, tick_id, tick_event_seq) values (q.queue_id, id, 0) on conflict do nothing;
        delete from pgq.tick where tick_queue = q.queue_id and tick_id = id; -- a tick that was rolled back
    end loop;
end
$$;

-- Function pgq._needs_tick: whether a queue needs a tick, as far as this statement can see.
-- Parameters: the queue; its event sequence now.
-- Returns: boolean; raises an error when the last tick cannot be one of this server.
create or replace function pgq._needs_tick(q pgq.queue, seq_now bigint) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    last   pgq.tick%rowtype;
    before timestamptz;
begin
    select * into last from pgq.tick where tick_queue = q.queue_id order by tick_id desc limit 1;
    if not found then
        return true;
    end if;
    select tick_time into before from pgq.tick
     where tick_queue = q.queue_id and tick_id < last.tick_id order by tick_id desc limit 1;
    if txid_snapshot_xmin(txid_current_snapshot()) < txid_snapshot_xmin(last.tick_snapshot) then
        raise exception 'Invalid PgQ state: old xmin=%, new xmin=%',
            txid_snapshot_xmin(last.tick_snapshot), txid_snapshot_xmin(txid_current_snapshot())
            using detail = format('Tick %s of queue "%s" was made with later transaction ids than this server has:'
                                  ' the database was restored into another cluster.', last.tick_id, q.queue_name),
                  hint = 'Advance the server''s transaction ids with pg_resetwal -e, or drop and create the queue.';
    end if;
    if seq_now < last.tick_event_seq then
        raise warning 'Negative new_events?  old=% cur=%', last.tick_event_seq, seq_now;
    end if;
    return pgq._tick_due(seq_now - last.tick_event_seq, clock_timestamp() - last.tick_time, last.tick_time - before,
                         q.queue_ticker_max_count, q.queue_ticker_max_lag, q.queue_ticker_idle_period);
end
$$;

-- Function pgq._tick_if_due: makes a tick for one queue if one is due. Concurrent callers wait for each other, because
-- the order of the ticks must be the order of their snapshots. They wait for the queue's row, which no role can lock
-- that cannot change queues anyway; and only when there is something to do, since a row lock takes a transaction id.
-- Parameters: the queue.
-- Returns: the new tick's id, or NULL when none was due, or the queue was paused or removed meanwhile.
create or replace function pgq._tick_if_due(q pgq.queue) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    seq_now bigint := pgq.seq_getval(q.queue_event_seq);
    made    bigint;
begin
    if not pgq._needs_tick(q, seq_now) then
        return null;
    end if;
    select * into q from pgq.queue
     where queue_id = q.queue_id and not queue_external_ticker and not queue_ticker_paused
       for no key update;
    if not found then
        return null;
    end if;
    seq_now := pgq.seq_getval(q.queue_event_seq);
    if not pgq._needs_tick(q, seq_now) then
        return null;
    end if;
    perform pgq._require_fresh_snapshot(q);
    -- A statement of its own: its snapshot is younger than the lock.
    insert into pgq.tick (tick_queue, tick_id, tick_time, tick_event_seq)
        values (q.queue_id, nextval(q.queue_tick_seq::regclass), clock_timestamp(), seq_now)
        returning tick_id into made;
    return made;
end
$$;

-- Function pgq.ticker: makes a tick for one queue if one is due.
-- Parameters: i_queue_name.
-- Returns: the new tick's id, or NULL when none was due.
create or replace function pgq.ticker(i_queue_name text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    select * into q from pgq.queue where queue_name = i_queue_name;
    if not found then
        raise exception 'no such queue' using detail = format('There is no queue "%s".', i_queue_name);
    end if;
    if q.queue_external_ticker then
        raise exception 'This queue has external tick source.' using detail = format('Queue "%s".', i_queue_name);
    end if;
    if q.queue_ticker_paused then
        raise exception 'Ticker has been paused for this queue' using detail = format('Queue "%s".', i_queue_name),
            hint = format('To resume: select pgq.set_queue_config(%L, ''ticker_paused'', ''false'')', i_queue_name);
    end if;
    return pgq._tick_if_due(q);
end
$$;

-- Function pgq.ticker: makes the ticks that are due in all queues that are neither paused nor ticked from outside.
-- Locks the queues in the order of their ids, as every session that locks several of them has to.
-- Returns: how many queues got a tick.
create or replace function pgq.ticker() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q     pgq.queue%rowtype;
    ticks bigint := 0;
begin
    for q in
        select * from pgq.queue
         where not queue_external_ticker and not queue_ticker_paused
         order by queue_id
    loop
        if pgq._tick_if_due(q) is not null then
            ticks := ticks + 1;
        end if;
    end loop;
    return ticks;
end
$$;

-- Function pgq.ticker: records a tick that was made elsewhere, for a queue with an external ticker.
-- Parameters: queue, the tick's id and time, and the event sequence at that tick.
-- Returns: the tick's id.
create or replace function pgq.ticker(i_queue_name text, i_tick_id bigint, i_orig_timestamp timestamptz,
                                      i_event_seq bigint) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    -- The sequence before the row, as in pgq._tick_if_due and pgq.drop_queue.
    perform pgq.seq_getval(queue_event_seq) from pgq.queue where queue_name = i_queue_name;
    select * into q from pgq.queue
     where queue_name = i_queue_name and queue_external_ticker and not queue_ticker_paused
       for no key update;
    if not found then
        raise exception 'queue not found or ticker disabled: %', i_queue_name;
    end if;
    perform pgq._require_fresh_snapshot(q);
    insert into pgq.tick (tick_queue, tick_id, tick_time, tick_event_seq)
        values (q.queue_id, i_tick_id, i_orig_timestamp, i_event_seq);
    perform pgq.seq_setval(q.queue_tick_seq, i_tick_id), pgq.seq_setval(q.queue_event_seq, i_event_seq);
    return i_tick_id;
end
$$;
