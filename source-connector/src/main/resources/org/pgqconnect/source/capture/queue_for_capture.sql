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
            -- An older snapshot does not show a queue that was created since: then the transaction has to be repeated.
            using errcode = case when current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then 'P0001'
                                 else '40001' end,
                  hint = format('Create it: ./pgq-connect provider install --queue %s; or stop capturing the table: '
                                './pgq-connect provider remove --queue %1$s %s', pgq_connect.shell_word(queue),
                                pgq_connect.shell_table(rel))
                         || case when current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then ''
                                 else '. If it was created after the transaction began, repeat the transaction' end;
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
