-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.current_event_table: the table that producers who insert by themselves must insert into.
-- It changes by rotation, so it is asked for in every transaction.
-- Parameters: x_queue_name.
-- Returns: schema.table, quoted where needed.
create or replace function pgq.current_event_table(x_queue_name text) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_table text;
begin
    select pgq.quote_fqname(queue_data_pfx || '_' || queue_cur_table) into found_table
      from pgq.queue where queue_name = x_queue_name;
    if not found then
        raise exception 'Event queue not found' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    return found_table;
end
$$;
