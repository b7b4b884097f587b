-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._count_tx_events: enforces queue_per_tx_limit. The count lives in a setting that ends with the transaction.
-- Parameters: the queue's id, name and limit.
-- Returns: nothing; raises an error when the limit is passed.
create or replace function pgq._count_tx_events(i_queue_id integer, i_queue_name text, i_limit integer) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    name   constant text := 'pgq.tx_events_' || i_queue_id;
    inserts integer := coalesce(nullif(current_setting(name, true), ''), '0')::integer + 1;
begin
    if inserts > i_limit then
        raise exception 'Queue ''%'' allows max % events from one TX', i_queue_name, i_limit
            using errcode = 'internal_error';
    end if;
    perform set_config(name, inserts::text, true);
end
$$;
