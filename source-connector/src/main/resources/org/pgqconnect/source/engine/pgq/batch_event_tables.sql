-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_event_tables: the tables that may hold events of an open batch.
-- PgQ leaves the older tables out as soon as every transaction of the batch began after the last switch. But a
-- REPEATABLE READ transaction may begin to write after a switch, with a snapshot from before it, and then it writes
-- into an older table. Looking there costs one index probe each, so only what can never hold an event is left out.
-- Parameters: x_batch_id.
-- Returns: quoted table names.
create or replace function pgq.batch_event_tables(x_batch_id bigint) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    b record;
begin
    select queue_data_pfx, queue_cur_table, queue_ntables, queue_switch_step1,
           queue_switch_step1 is distinct from queue_switch_step2 as rotated,
           txid_snapshot_xmax(cur.tick_snapshot) as tx_max
      into b
      from pgq.subscription
      join pgq.queue on queue_id = sub_queue
      join pgq.tick cur on cur.tick_queue = sub_queue and cur.tick_id = sub_next_tick
     where sub_batch = x_batch_id;
    if not found then
        raise exception 'Cannot find data for batch %', x_batch_id;
    end if;
    for age in reverse b.queue_ntables - 1 .. 1 loop
        exit when not b.rotated; -- only a queue's creation sets both to one transaction
        return next pgq.quote_fqname(b.queue_data_pfx || '_' || (b.queue_cur_table + b.queue_ntables - age) % b.queue_ntables);
    end loop;
    -- Every transaction of the batch had ended before the switch began.
    if b.tx_max >= b.queue_switch_step1 or b.queue_ntables = 1 then
        return next pgq.quote_fqname(b.queue_data_pfx || '_' || b.queue_cur_table);
    end if;
end
$$;
