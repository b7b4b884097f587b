-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.rotate_tables: the extension's pgq.maint_rotate_tables_step1, unless it would empty a table that
-- holds events which a consumer has yet to read. The extension does not look: a REPEATABLE READ transaction with a
-- snapshot older than two switches may have written there. It has the caller's rights, as the extension's function has.
-- Parameters: the queue.
-- Returns: 0.
create or replace function pgq_connect.rotate_tables(queue text) returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q         record;
    slowest   bigint;
    least     bigint;
    next_name text;
    youngest  bigint;
begin
    select * into q from pgq.queue x where x.queue_name = queue for update;
    if not found then
        return 0;
    end if;
    select min(sub_last_tick) into slowest from pgq.subscription where sub_queue = q.queue_id;
    select txid_snapshot_xmin(tick_snapshot) into least
      from pgq.tick where tick_queue = q.queue_id and tick_id = slowest;

    next_name := pgq.quote_fqname(q.queue_data_pfx || '_' || (q.queue_cur_table + 1) % q.queue_ntables);
    begin
        execute format('lock table %s in access exclusive mode nowait', next_name);
    exception
        when lock_not_available then
            raise warning 'rotate_tables: % is locked, rotation of queue % is put off', next_name, queue;
            return 0;
    end;
    execute format('select ev_txid from %s order by ev_txid desc limit 1', next_name) into youngest;
    if youngest >= least then
        raise warning 'rotate_tables: % holds events that consumers have yet to read, rotation of queue % is put off',
            next_name, queue;
        return 0;
    end if;
    perform pgq.maint_rotate_tables_step1(queue);
    -- The events are gone now, so no consumer can start at ticks from before them.
    delete from pgq.tick t
     using pgq.queue x
     where x.queue_id = q.queue_id and x.queue_cur_table <> q.queue_cur_table
       and t.tick_queue = q.queue_id
       and txid_snapshot_xmin(t.tick_snapshot) <= youngest
       and t.tick_id < coalesce(slowest, (select max(tick_id) from pgq.tick where tick_queue = q.queue_id));
    return 0;
end
$$;
