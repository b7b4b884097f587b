-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.begin_session: numbers a session that is going to read a queue, and says which queue it is. The attempt is at
-- least the time in milliseconds, so that it does not go back when the provider is restored, and differs from other providers'.
-- Parameters: the queue.
-- Returns: one row, none when there is no such queue. Runs with the owner's rights, for connectors that did not install.
create or replace function pgq_connect.begin_session(
    in queue text, out queue_identity uuid, out number bigint, out attempt bigint)
    returns setof record
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_id    integer;
    found_table oid;
    not_below   bigint;
    own_table   constant oid := 'pgq_connect.queue_identity'::regclass;
begin
    select q.queue_id, q.queue_data_pfx::regclass into found_id, found_table
      from pgq.queue q where q.queue_name = queue;
    if not found then
        return;
    end if;
    number := nextval('pgq_connect.attempt_seq');
    select max(i.attempt) + 1 into not_below from pgq_connect.queue_identity i;
    delete from pgq_connect.queue_identity i
     where i.queue_name = queue and i.queue_id <> found_id
        or i.queue_id = found_id and (i.queue_name <> queue or i.event_table <> found_table and i.home = own_table);
    insert into pgq_connect.queue_identity as i (queue_id, queue_name, event_table, home, attempt)
    values (found_id, queue, found_table, own_table,
            greatest(number, not_below, (extract(epoch from clock_timestamp()) * 1000)::bigint))
    on conflict (queue_id) do update
       set event_table = excluded.event_table, home = excluded.home, attempt = excluded.attempt
    returning i.identity, i.attempt into queue_identity, attempt;
    return next;
end $$;
