-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.other_publisher: which other consumer publishes a queue's tables. Copies of tables, and notes of
-- what subscribers miss, are made once a queue, so that the subscribers of a second publisher would keep old rows. A
-- consumer that is not registered any more, and that no session reads for, publishes nothing. Runs with the owner's
-- rights.
-- Parameters: queue; consumer: who asks.
-- Returns: the other consumer, or NULL.
create or replace function pgq_connect.other_publisher(queue text, consumer text) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select i.publisher
      from pgq_connect.queue_identity i
      join pgq.queue q on q.queue_id = i.queue_id and q.queue_name = queue
     where i.publisher <> consumer
       and (exists (select from pgq.subscription s join pgq.consumer c on c.co_id = s.sub_consumer
                     where s.sub_queue = q.queue_id and c.co_name = i.publisher)
            or exists (select from pg_locks l
                        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
                          and l.database = (select oid from pg_database where datname = current_database())
                          and (l.classid::bigint << 32) + l.objid::bigint
                              = hashtextextended('pgq_connect reader ' || queue || '/' || i.publisher, 0)))
$$;

-- Function pgq_connect.begin_session: numbers a session that is going to read a queue, and says which queue it is. The
-- attempt is at least the time in milliseconds, so that it does not go back when the provider is restored, and differs
-- from other providers'.
-- A consumer that publishes in another's place inherits which tables that one left out; copies that it had begun begin
-- again.
-- Parameters: queue; consumer: who reads; publishes: whether it publishes the changes of tables, as one consumer of a
-- queue may.
-- Returns: one row, none when there is no such queue; other: who publishes already, then there is no session. That is
-- the consumer itself when it publishes tables and would only stream events now: subscribers of the tables would miss
-- those without a gap.
-- Runs with the owner's rights, for connectors that did not install.
create or replace function pgq_connect.begin_session(
    in queue text, in consumer text, in publishes boolean,
    out queue_identity uuid, out number bigint, out attempt bigint, out other text)
    returns setof record
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    found_id    integer;
    found_table oid;
    not_below   bigint;
    before      text;
    own_table   constant oid := 'pgq_connect.queue_identity'::regclass;
begin
    select q.queue_id, q.queue_data_pfx::regclass into found_id, found_table
      from pgq.queue q where q.queue_name = queue;
    if not found then
        return;
    end if;
    perform pgq_connect.forget_oids();
    delete from pgq_connect.queue_identity i
     where i.queue_name = queue and i.queue_id <> found_id
        or i.queue_id = found_id and (i.queue_name <> queue or i.event_table <> found_table and i.home = own_table);
    insert into pgq_connect.queue_identity as i (queue_id, queue_name, event_table, home)
        values (found_id, queue, found_table, own_table)
        on conflict on constraint queue_identity_pkey do nothing;
    -- A session that begins at the same time waits here, and sees who was the first.
    select i.publisher into before from pgq_connect.queue_identity i where i.queue_id = found_id for update;
    if publishes then
        other := pgq_connect.other_publisher(queue, consumer);
        if other is not null then
            return next;
            return;
        end if;
        if before <> consumer then
            insert into pgq_connect.left_out as l (queue_name, consumer, table_schema, table_name, noted_at)
                select o.queue_name, consumer, o.table_schema, o.table_name, o.noted_at
                  from pgq_connect.left_out o where o.queue_name = queue and o.consumer = before
                on conflict on constraint left_out_pkey do nothing;
            update pgq_connect.table_copy t set state = 'requested', copy_id = default, last_key = null, rows_copied = 0
             where t.queue_name = queue and t.state = 'copying';
        end if;
    elsif before = consumer
        and (exists (select from pgq_connect.captured_table c where c.queue_name = queue)
             -- PgQ's own triggers: their first argument is the queue, and one of the others says when they only deny
             -- changes.
             or exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                         where p.pronamespace = 'pgq'::regnamespace and p.proname in ('logutriga', 'jsontriga', 'sqltriga')
                           and position(convert_to(queue, getdatabaseencoding()) || decode('00', 'hex') in t.tgargs) = 1
                           and position(decode('0064656e7900', 'hex') in t.tgargs) = 0)) then
        other := consumer;
        return next;
        return;
    end if;
    number := nextval('pgq_connect.attempt_seq');
    select max(i.attempt) + 1 into not_below from pgq_connect.queue_identity i;
    update pgq_connect.queue_identity i
       set event_table = found_table, home = own_table, publisher = case when publishes then consumer when i.publisher <> consumer then i.publisher end,
           attempt = greatest(number, not_below, (extract(epoch from clock_timestamp()) * 1000)::bigint)
     where i.queue_id = found_id
    returning i.identity, i.attempt into queue_identity, attempt;
    return next;
end $$;
