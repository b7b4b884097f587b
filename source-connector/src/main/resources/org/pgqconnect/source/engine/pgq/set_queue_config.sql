-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.set_queue_config: changes one setting of a queue.
-- Parameters: x_queue_name; x_param_name, a column of pgq.queue without its prefix "queue_"; x_param_value as text.
-- Returns: 1.
create or replace function pgq.set_queue_config(x_queue_name text, x_param_name text, x_param_value text)
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    known constant text[] := array['ticker_max_count', 'ticker_max_lag', 'ticker_idle_period', 'ticker_paused',
                                   'rotation_period', 'external_ticker'];
begin
    if x_queue_name is null or x_param_name is null or x_param_value is null then
        raise exception 'Invalid NULL value' using detail = 'Queue, parameter and value are all needed.';
    end if;
    perform from pgq.queue where queue_name = x_queue_name;
    if not found then
        raise exception 'No such event queue' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    if x_param_name <> all (known) then
        raise exception 'cannot change parameter "%"', x_param_name
            using hint = 'Parameters: ' || array_to_string(known, ', ');
    end if;
    execute format('update pgq.queue set %I = %L where queue_name = $1', 'queue_' || x_param_name, x_param_value)
        using x_queue_name;
    return 1;
end
$$;
