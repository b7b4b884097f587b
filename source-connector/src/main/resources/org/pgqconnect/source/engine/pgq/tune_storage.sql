-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.tune_storage: event tables are only appended to and truncated, so they are packed full and left alone by
-- autovacuum.
-- Parameters: i_queue_name.
-- Returns: 1, or 0 when there is no such queue.
create or replace function pgq.tune_storage(i_queue_name text) returns integer
    language plpgsql strict
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    select * into q from pgq.queue where queue_name = i_queue_name;
    if not found then
        return 0;
    end if;
    for i in 0 .. q.queue_ntables - 1 loop
        execute format('alter table %s set (fillfactor = 100, autovacuum_enabled = off)',
                       pgq.quote_fqname(q.queue_data_pfx || '_' || i));
    end loop;
    return 1;
end
$$;
