-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.current_event_table: the table that producers that insert directly must insert into.
-- It changes by rotation, so it is asked for in every transaction.
-- Parameters: x_queue_name.
-- Returns: schema.table, quoted where needed; raises an error when the queue takes no events.
create or replace function pgq.current_event_table(x_queue_name text) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_table text;
    disabled    boolean;
begin
    select pgq.quote_fqname(queue_data_pfx || '_' || queue_cur_table), queue_disable_insert into found_table, disabled
      from pgq.queue where queue_name = x_queue_name;
    if not found then
        raise exception 'Event queue not found' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    if disabled and current_setting('session_replication_role') <> 'replica' then
        raise exception 'Writing to queue disabled'
            using detail = format('Queue "%s" has queue_disable_insert set.', x_queue_name);
    end if;
    return found_table;
end
$$;
