-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._count_tx_events: enforces queue_per_tx_limit, before an event is written. It counts what is there,
-- because whatever a transaction notes about itself, the writer could change.
-- Parameters: the queue's id, name and limit.
-- Returns: nothing; raises an error when one more event is not allowed.
create or replace function pgq._count_tx_events(i_queue_id integer, i_queue_name text, i_limit integer) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    event_tables text[];
    event_table  text;
    found_here   bigint;
    events       bigint;
begin
    -- A rotation may have switched tables meanwhile. The table that the next one empties is left alone: it needs its
    -- lock.
    select array_agg(pgq.quote_fqname(queue_data_pfx || '_' || nr)),
           sum(pg_stat_get_xact_tuples_inserted(pgq.quote_fqname(queue_data_pfx || '_' || nr)::regclass))
      into event_tables, events
      from pgq.queue,
           unnest(array[queue_cur_table, case when queue_ntables > 2 then (queue_cur_table + queue_ntables - 1) % queue_ntables end]) nr
     where queue_id = i_queue_id and nr is not null;
    -- The session's statistics include its last few transactions; so they can tell that it is too early to count.
    if current_setting('track_counts')::boolean and events < i_limit then
        return;
    end if;
    events := 0;
    foreach event_table in array event_tables loop
        execute format('select count(*) from (select from %s where ev_txid = txid_current() limit $1) e', event_table)
           into found_here using i_limit - events;
        events := events + found_here;
    end loop;
    if events >= i_limit then
        raise exception 'Queue ''%'' allows max % events from one TX', i_queue_name, i_limit
            using errcode = 'internal_error';
    end if;
end
$$;
