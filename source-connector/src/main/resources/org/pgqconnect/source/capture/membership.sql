-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_captured: whether every trigger that captures a table is there, calls its function and fires, and
-- did so all the time.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.is_captured(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select not pgq_connect.were_away(c)
       and pgq_connect.always_statements(c) is null
       and not (c.form = 'statement' and pgq_connect.is_subscribed(c.table_oid))
       and pgq_connect.unseen_writes_reason(c) is null
       and not exists (
               select from pgq_connect.wanted_triggers(0, c.table_oid, c.form, c.function_name,
                                                        pgq_connect.has_deferrable_key(c.table_oid, c.key_columns)) w
                where not exists (
                          select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                           where t.tgrelid = c.table_oid and t.tgenabled in ('O', 'A')
                             and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name
                             and regexp_replace(t.tgname, E'^(00|zz)_pgq_connect_\\d+_', E'\\1_pgq_connect_0_') = w.name))
       and not exists (
               select from pg_partition_tree(c.table_oid) leaf
                 join pg_trigger t on t.tgrelid = leaf.relid and t.tgenabled in ('D', 'R')
                 join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name)
$$;

-- Function pgq_connect.request_copy: has a table copied to all subscribers, from the beginning if a copy is under way.
-- Parameters: queue; the table's schema and name, as its events carry it.
-- Returns: nothing.
create or replace function pgq_connect.request_copy(queue text, schema_of text, name_of text) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, requested_at)
        values (queue, schema_of, name_of, 'requested', clock_timestamp())
        on conflict (queue_name, table_schema, table_name) do update
           set state = 'requested', copy_id = default, last_key = null, rows_copied = 0, consistent_tick = null,
               requested_at = excluded.requested_at, finished_at = null;
    select pgq_connect.forget_partitions(queue, schema_of, name_of)
$$;

-- Function pgq_connect.renew_queue: what is known of tables is void when their queue was dropped and made anew under its
-- name: the events of the old one are lost. Those that are captured still, because their triggers write into the queue of
-- that name, are copied again.
-- Parameters: queue.
-- Returns: how many tables.
create or replace function pgq_connect.renew_queue(queue text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    its_id integer := (select queue_id from pgq.queue q where q.queue_name = queue);
    c      pgq_connect.captured_table%rowtype;
    done   bigint := 0;
begin
    if its_id is null then
        return 0;
    end if;
    for c in
        select * from pgq_connect.captured_table k where k.queue_name = queue and k.queue_id is distinct from its_id for update
    loop
        if done = 0 then
            update pgq_connect.table_copy t set state = 'removed', last_key = null where t.queue_name = queue;
            delete from pgq_connect.left_out l where l.queue_name = queue;
        end if;
        update pgq_connect.captured_table k set queue_id = its_id where k.queue_name = queue and k.table_oid = c.table_oid;
        perform pgq_connect.request_copy(queue, c.table_schema, c.table_name);
        done := done + 1;
    end loop;
    return done;
end
$$;

-- Function pgq_connect.note_left_out: notes durably which tables a consumer's connector does not publish, and says which of
-- those that it did not publish are back. Their changes are missing since, so they are copied again, if that is wanted.
-- Runs with the owner's rights, because a connector that did not install cannot request copies.
-- Parameters: queue; consumer; the tables' schemas and names, and of each whether the connector publishes it; copies: whether
-- copies are made.
-- Returns: the tables that are back; state: 'requested', or 'refused' when no copy is made; since when it was left out.
create or replace function pgq_connect.note_left_out(
    in queue text, in consumer text, in schemas text[], in names text[], in published boolean[], in copies boolean,
    out table_schema text, out table_name text, out state text, out since text)
    returns setof record
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    l pgq_connect.left_out%rowtype;
begin
    perform pgq_connect.renew_queue(queue);
    for l in
        select n.* from pgq_connect.left_out n
          join unnest(schemas, names, published) as t (its_schema, its_name, is_published)
               on t.its_schema = n.table_schema and t.its_name = n.table_name and t.is_published
         where n.queue_name = queue and n.consumer = note_left_out.consumer
         order by n.table_schema, n.table_name
    loop
        table_schema := l.table_schema;
        table_name := l.table_name;
        since := l.noted_at::timestamptz(0)::text;
        -- A copy that is asked for and has not begun brings everything.
        if not exists (select from pgq_connect.table_copy t
                        where t.queue_name = queue and t.table_schema = l.table_schema and t.table_name = l.table_name
                          and t.state = 'requested') then
            if not copies then
                state := 'refused';
                return next;
                continue;
            end if;
            perform pgq_connect.request_copy(queue, l.table_schema, l.table_name);
        end if;
        delete from pgq_connect.left_out n
         where n.queue_name = queue and n.consumer = note_left_out.consumer
           and n.table_schema = l.table_schema and n.table_name = l.table_name;
        state := 'requested';
        return next;
    end loop;
    insert into pgq_connect.left_out as n (queue_name, consumer, table_schema, table_name)
        select queue, note_left_out.consumer, t.its_schema, t.its_name
          from unnest(schemas, names, published) as t (its_schema, its_name, is_published)
         where not t.is_published
        on conflict on constraint left_out_pkey do nothing;
end
$$;

-- Function pgq_connect.note_missed: notes durably that a captured table's changes were not published, because of the layout that they
-- were captured with: it had no key then, or another name, which the connector does not publish. Or they were published under that other
-- name, though it is none that the table is, or was, known by: subscribers may have no such table. The table is the one that the
-- layout's columns are numbered by (the whole, where a partition is captured by itself), or, where the layout is older than the table, each that looks like it. The mark is one of a
-- trigger that does not exist, so that the table counts as one whose triggers were away until it is copied again.
-- Parameters: queue; the layout's number; is_published: as said.
-- Returns: the tables that are marked and were not yet.
create or replace function pgq_connect.note_missed(queue text, its_layout integer, is_published boolean) returns setof text
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    with met as (
        select l.*, ((l.columns -> 0 ->> 'number')::bigint / 65536)::oid as origin,
               (select jsonb_agg(e -> 'name') from jsonb_array_elements(l.columns) e) as names
          from pgq_connect.layout l where l.queue_name = queue and l.layout_id = its_layout),
    captured as (
        select k.*, coalesce(pg_partition_root(k.table_oid::regclass)::oid, k.table_oid) as whole_oid
          from pgq_connect.captured_table k where k.queue_name = queue),
    missed as (
        select c.table_oid, '0/0/false/' || case when (c.table_schema, c.table_name) = (met.table_schema, met.table_name)
                                                 then 'keyless' else 'renamed' end as mark
          from met
         cross join captured c
          join pgq_connect.layout now on now.layout_id = c.layout_id
         where case when (c.table_schema, c.table_name) = (met.table_schema, met.table_name) then met.key_columns = '{}'
                    when is_published then c.whole_oid = met.origin
                         and not exists (select from pgq_connect.table_copy t
                                          where t.queue_name = queue and t.table_schema = met.table_schema and t.table_name = met.table_name)
                    else c.whole_oid = met.origin
                         or (now.key_columns = met.key_columns
                             and (select jsonb_agg(e -> 'name') from jsonb_array_elements(now.columns) e) = met.names
                             and not exists (select from captured k
                                              where k.whole_oid = met.origin
                                                 or (k.table_schema, k.table_name) = (met.table_schema, met.table_name))
                             and not exists (select from pgq_connect.table_copy t
                                              where t.queue_name = queue and t.table_schema = met.table_schema
                                                and t.table_name = met.table_name)) end
           -- A copy that is asked for and has not begun brings everything.
           and not exists (select from pgq_connect.table_copy t
                            where t.queue_name = queue and t.table_schema = c.table_schema and t.table_name = c.table_name
                              and t.state = 'requested'))
    update pgq_connect.captured_table k
       set trigger_marks = coalesce(k.trigger_marks, pgq_connect.trigger_marks(k)) || ' ' || missed.mark
      from missed
     where k.queue_name = queue and k.table_oid = missed.table_oid and position(missed.mark in coalesce(k.trigger_marks, '')) = 0
    returning k.table_schema || '.' || k.table_name
$$;
