-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.count_tx_events: enforces the queue's queue_per_tx_limit, if it has one. It counts what is
-- there, because whatever a transaction notes about itself, the writer could change; a note is all there is where the
-- installer cannot read the events of another owner's PgQ.
-- Parameters: queue name; how many events were written.
-- Returns: nothing; raises an error when the limit is passed.
create or replace function pgq_connect.count_tx_events(queue text, added bigint) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q            pgq.queue%rowtype;
    event_tables text[];
    event_table  text;
    counter      text;
    found_here   bigint;
    total        bigint;
begin
    select * into q from pgq.queue its where its.queue_name = queue;
    if q.queue_per_tx_limit is null or q.queue_per_tx_limit < 0 then
        return;
    end if;
    -- A rotation may have switched tables meanwhile. The table that the next one empties is left alone: it needs its
    -- lock.
    select array_agg(pgq_connect.event_table(q, nr)), sum(pg_stat_get_xact_tuples_inserted(pgq_connect.event_table(q, nr)::regclass))
      into event_tables, total
      from unnest(array[q.queue_cur_table, case when q.queue_ntables > 2 then (q.queue_cur_table + q.queue_ntables - 1) % q.queue_ntables end]) nr
     where nr is not null;
    if not (select bool_and(has_table_privilege(its, 'select')) from unnest(event_tables) its) then
        counter := 'pgq_connect.tx_events_' || q.queue_id;
        total := coalesce(nullif(current_setting(counter, true), ''), '0')::bigint + added;
        perform set_config(counter, total::text, true);
    -- The session's statistics include its last few transactions; so they can tell that it is too early to count.
    elsif total > q.queue_per_tx_limit or not current_setting('track_counts')::boolean then
        total := 0;
        foreach event_table in array event_tables loop
            execute format('select count(*) from (select from %s where ev_txid = txid_current() limit $1) e', event_table)
               into found_here using q.queue_per_tx_limit - total + 1;
            total := total + found_here;
        end loop;
    end if;
    if total > q.queue_per_tx_limit then
        raise exception 'Queue ''%'' allows max % events from one TX', queue, q.queue_per_tx_limit;
    end if;
end
$$;
