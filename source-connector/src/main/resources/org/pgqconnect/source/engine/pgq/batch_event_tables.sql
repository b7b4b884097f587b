-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_event_tables: the tables that may hold events of an open batch.
-- The previous table is left out only when nothing can be in it. PgQ leaves it out as soon as every transaction
-- of the batch began after the switch; but a REPEATABLE READ transaction may have begun to write after the switch
-- with a snapshot from before it, and then it wrote into the previous table. Looking there costs one index probe.
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
           pg_snapshot_xmax(cur.tick_snapshot)::text::bigint as tx_max
      into b
      from pgq.subscription
      join pgq.queue on queue_id = sub_queue
      join pgq.tick cur on cur.tick_queue = sub_queue and cur.tick_id = sub_next_tick
     where sub_batch = x_batch_id;
    if not found then
        raise exception 'Cannot find data for batch %', x_batch_id;
    end if;
    if b.queue_ntables > 1 then
        return next pgq.quote_fqname(b.queue_data_pfx || '_' || (b.queue_cur_table + b.queue_ntables - 1) % b.queue_ntables);
    end if;
    -- Every transaction of the batch had ended before the switch began.
    if b.tx_max >= b.queue_switch_step1 or b.queue_ntables = 1 then
        return next pgq.quote_fqname(b.queue_data_pfx || '_' || b.queue_cur_table);
    end if;
end
$$;
