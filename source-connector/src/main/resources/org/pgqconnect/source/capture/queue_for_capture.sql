-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.queue_for_capture: the queue that a trigger writes to when its generated statements do not fit.
-- Parameters: queue name; the table, for messages.
-- Returns: the queue's row; raises an error when there is none or it takes no events.
create or replace function pgq_connect.queue_for_capture(queue text, rel oid) returns pgq.queue
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    select * into q from pgq.queue its where its.queue_name = queue;
    if not found then
        raise exception 'Changes of table % are captured into queue "%", which does not exist', rel::regclass, queue
            using hint = format('Create it: ./pgq-connect provider install --queue %s; or stop capturing the table: '
                                './pgq-connect provider remove --queue %1$s %s', queue, rel::regclass);
    end if;
    if q.queue_disable_insert and current_setting('session_replication_role') <> 'replica' then
        raise exception 'Insert into queue disallowed'
            using detail = format('Queue "%s", which captures table %s, has queue_disable_insert set.', queue, rel::regclass),
                  hint = format('To allow it: update pgq.queue set queue_disable_insert = false where queue_name = %L',
                                queue);
    end if;
    return q;
end
$$;

-- Function pgq_connect.count_tx_events: enforces the queue's queue_per_tx_limit, if it has one.
-- Parameters: queue name; how many events were written.
-- Returns: nothing; raises an error when the limit is passed.
create or replace function pgq_connect.count_tx_events(queue text, added bigint) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    most    bigint;
    id      integer;
    counter text;
    total   bigint;
begin
    select queue_per_tx_limit, queue_id into most, id from pgq.queue its where its.queue_name = queue;
    if most is null then
        return;
    end if;
    counter := 'pgq_connect.tx_events_' || id;
    total := coalesce(nullif(current_setting(counter, true), ''), '0')::bigint + added;
    if total > most then
        raise exception 'Queue ''%'' allows max % events from one TX', queue, most;
    end if;
    perform set_config(counter, total::text, true);
end
$$;
