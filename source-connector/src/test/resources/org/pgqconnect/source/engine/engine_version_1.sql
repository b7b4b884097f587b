-- The built-in engine as it was in version 1, for tests of upgrades.
-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Schema pgq: the queue engine, compatible with the SQL API of the PgQ 3.5 extension.
-- The marker in its comment tells this engine from other copies of PgQ.
create schema if not exists pgq;

comment on schema pgq is 'PgQ 3.5 API, engine of pgq-connect';

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Roles pgq_reader, pgq_writer and pgq_admin: made when this role may make roles.
-- Without them the engine still works: everything then belongs to its owner alone.
do $roles$
declare
    wanted text;
begin
    foreach wanted in array array['pgq_reader', 'pgq_writer', 'pgq_admin'] loop
        continue when exists (select from pg_catalog.pg_roles where rolname = wanted);
        begin
            execute pg_catalog.format('create role %I nologin', wanted);
        exception
            when duplicate_object or unique_violation then
                null; -- another database's installation was faster
            when insufficient_privilege then
                raise notice 'role % cannot be created by %, so the rights on schema pgq stay with its owner',
                    wanted, current_user
                    using hint = pg_catalog.format(
                        'A role with CREATEROLE can run: CREATE ROLE %I NOLOGIN; then install again.', wanted);
        end;
    end loop;
    begin
        if exists (select from pg_catalog.pg_roles where rolname = 'pgq_admin')
           and not (pg_catalog.pg_has_role('pgq_admin', 'pgq_reader', 'member')
                    and pg_catalog.pg_has_role('pgq_admin', 'pgq_writer', 'member')) then
            grant pgq_reader, pgq_writer to pgq_admin;
        end if;
    exception
        when insufficient_privilege or undefined_object then
            raise notice 'pgq_reader and pgq_writer cannot be granted to pgq_admin by %', current_user;
    end;
end
$roles$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.queue: one row per queue, its configuration and the state of its table rotation.
create table if not exists pgq.queue (
    queue_id                 serial      not null,
    queue_name               text        not null,
    queue_ntables            integer     not null default 3,
    queue_cur_table          integer     not null default 0,
    queue_rotation_period    interval    not null default '2 hours',
    queue_switch_step1       bigint      not null default pg_catalog.pg_current_xact_id()::text::bigint,
    queue_switch_step2       bigint               default pg_catalog.pg_current_xact_id()::text::bigint,
    queue_switch_time        timestamptz not null default pg_catalog.now(),
    queue_external_ticker    boolean     not null default false,
    queue_disable_insert     boolean     not null default false,
    queue_ticker_paused      boolean     not null default false,
    queue_ticker_max_count   integer     not null default 500,
    queue_ticker_max_lag     interval    not null default '3 seconds',
    queue_ticker_idle_period interval    not null default '1 minute',
    queue_per_tx_limit       integer,
    queue_data_pfx           text        not null,
    queue_event_seq          text        not null,
    queue_tick_seq           text        not null,
    queue_extra_maint        text[],
    constraint queue_pkey primary key (queue_id),
    constraint queue_name_uq unique (queue_name)
);

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.consumer: consumer names; a row lives as long as the consumer has a subscription.
create table if not exists pgq.consumer (
    co_id   serial not null,
    co_name text   not null,
    constraint consumer_pkey primary key (co_id),
    constraint consumer_name_uq unique (co_name)
);

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.tick: a point of a queue's history. The events of a batch are those that
-- the snapshot of one tick sees and the snapshot of the tick before does not.
create table if not exists pgq.tick (
    tick_queue     integer     not null,
    tick_id        bigint      not null,
    tick_time      timestamptz not null default pg_catalog.now(),
    tick_snapshot  pg_snapshot not null default pg_catalog.pg_current_snapshot(),
    tick_event_seq bigint      not null,
    constraint tick_pkey primary key (tick_queue, tick_id),
    constraint tick_queue_fkey foreign key (tick_queue) references pgq.queue (queue_id)
);

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.subscription: where each consumer of each queue is, and its open batch if any.
create sequence if not exists pgq.batch_id_seq;

create table if not exists pgq.subscription (
    sub_id        serial      not null,
    sub_queue     integer     not null,
    sub_consumer  integer     not null,
    sub_last_tick bigint,
    sub_active    timestamptz not null default pg_catalog.now(),
    sub_batch     bigint,
    sub_next_tick bigint,
    constraint subscription_pkey primary key (sub_queue, sub_consumer),
    constraint subscription_batch_idx unique (sub_batch),
    constraint sub_queue_fkey foreign key (sub_queue) references pgq.queue (queue_id),
    constraint sub_consumer_fkey foreign key (sub_consumer) references pgq.consumer (co_id)
);

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.event_template: the parent of every event table; holds no rows itself.
create table if not exists pgq.event_template (
    ev_id     bigint      not null,
    ev_time   timestamptz not null,
    ev_txid   xid8        not null default pg_catalog.pg_current_xact_id(),
    ev_owner  integer,
    ev_retry  integer,
    ev_type   text,
    ev_data   text,
    ev_extra1 text,
    ev_extra2 text,
    ev_extra3 text,
    ev_extra4 text
);

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.retry_queue: events that one subscription (ev_owner) wants to see again later.
create table if not exists pgq.retry_queue (
    ev_retry_after timestamptz not null,
    ev_queue       integer     not null,
    ev_id          bigint      not null,
    ev_time        timestamptz not null,
    ev_txid        xid8,
    ev_owner       integer     not null,
    ev_retry       integer,
    ev_type        text,
    ev_data        text,
    ev_extra1      text,
    ev_extra2      text,
    ev_extra3      text,
    ev_extra4      text,
    constraint rq_pkey primary key (ev_owner, ev_id),
    constraint rq_queue_id_fkey foreign key (ev_queue) references pgq.queue (queue_id)
);

create index if not exists rq_retry_idx on pgq.retry_queue (ev_retry_after);

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.version: the PgQ version whose API this engine has.
-- Returns: text.
create or replace function pgq.version() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$ select '3.5'::text $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.upgrade_schema: called by PgQ's own installer; here the installation statements do the work.
-- Returns: how many things were changed, always 0.
create or replace function pgq.upgrade_schema() returns integer
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select 0 $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.quote_fqname: quotes a name of the form schema.object, splitting at the first dot.
-- Parameters: i_name, unquoted; without a dot the schema is public.
-- Returns: text, NULL for NULL.
create or replace function pgq.quote_fqname(i_name text) returns text
    language sql immutable strict
    set search_path = pg_catalog, pg_temp
as $$
    select case strpos(i_name, '.')
               when 0 then format('public.%I', i_name)
               else format('%I.%I', split_part(i_name, '.', 1), substr(i_name, strpos(i_name, '.') + 1))
           end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.seq_getval: the last value of a sequence, whichever session drew it.
-- Parameters: i_seq_name, an unquoted schema.sequence.
-- Returns: bigint; 1 for a fresh sequence, too.
create or replace function pgq.seq_getval(i_seq_name text) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    value bigint;
begin
    execute format('select last_value from %s', pgq.quote_fqname(i_seq_name)) into value;
    return value;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.seq_setval: moves a sequence forward, never back.
-- Parameters: i_seq_name, an unquoted schema.sequence; i_new_value, the least last value wanted.
-- Returns: the sequence's last value afterwards.
create or replace function pgq.seq_setval(i_seq_name text, i_new_value bigint) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    value bigint := pgq.seq_getval(i_seq_name);
begin
    if i_new_value > value then
        return setval(pgq.quote_fqname(i_seq_name)::regclass, i_new_value);
    end if;
    return value;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.tune_storage: event tables are only appended to and truncated, so they are packed full and left alone by autovacuum.
-- Parameters: i_queue_name.
-- Returns: 1, or 0 when there is no such queue.
create or replace function pgq.tune_storage(i_queue_name text) returns integer
    language plpgsql
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

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._grant_perms_from: gives the grants of one table to another one.
-- Parameters: schema and table to copy from, schema and table to copy to, all unquoted.
-- Returns: 1.
create or replace function pgq._grant_perms_from(src_schema text, src_table text, dst_schema text, dst_table text)
    returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    g record;
begin
    for g in
        select a.privilege_type, a.is_grantable,
               case a.grantee when 0 then 'public' else quote_ident(r.rolname) end as grantee
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         cross join aclexplode(c.relacl) a
          left join pg_roles r on r.oid = a.grantee
         where n.nspname = src_schema and c.relname = src_table
           and a.grantee <> c.relowner and (a.grantee = 0 or r.oid is not null)
    loop
        execute format('grant %s on %I.%I to %s%s', g.privilege_type, dst_schema, dst_table, g.grantee,
                       case when g.is_grantable then ' with grant option' else '' end);
    end loop;
    return 1;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.grant_perms: gives a queue's tables the grants of pgq.event_template, and lets everybody see its sequences.
-- Parameters: x_queue_name.
-- Returns: 1.
create or replace function pgq.grant_perms(x_queue_name text) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q   pgq.queue%rowtype;
    seq text;
begin
    select * into q from pgq.queue where queue_name = x_queue_name;
    if not found then
        raise exception 'Queue not found' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    foreach seq in array array[q.queue_event_seq, q.queue_tick_seq] loop
        execute format('grant select on sequence %s to public', pgq.quote_fqname(seq));
    end loop;
    if exists (select from pg_roles where rolname = 'pgq_admin') then
        execute format('grant usage on sequence %s to pgq_admin', pgq.quote_fqname(q.queue_event_seq));
    end if;
    perform pgq._grant_perms_from('pgq', 'event_template', split_part(q.queue_data_pfx, '.', 1),
                                  split_part(q.queue_data_pfx, '.', 2));
    for i in 0 .. q.queue_ntables - 1 loop
        perform pgq._grant_perms_from('pgq', 'event_template', split_part(q.queue_data_pfx, '.', 1),
                                      split_part(q.queue_data_pfx, '.', 2) || '_' || i);
    end loop;
    return 1;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.unregister_consumer: ends a subscription with its retry events. The subconsumers of a cooperative
-- consumer share its sub_id and go with it; a subconsumer ("main.sub") goes alone.
-- Parameters: queue, consumer.
-- Returns: how many subscriptions were removed.
create or replace function pgq.unregister_consumer(x_queue_name text, x_consumer_name text) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s       pgq.subscription%rowtype;
    shared  boolean;
    gone    integer[];
begin
    select sub.* into s
      from pgq.subscription sub
      join pgq.queue on queue_id = sub_queue
      join pgq.consumer on co_id = sub_consumer
     where queue_name = x_queue_name and co_name = x_consumer_name
       for update of sub;
    if not found then
        return 0;
    end if;
    select exists (
        select from pgq.subscription main join pgq.consumer on co_id = main.sub_consumer
         where main.sub_queue = s.sub_queue and main.sub_id = s.sub_id and main.sub_consumer <> s.sub_consumer
           and x_consumer_name like replace(replace(co_name, '_', '\_'), '%', '\%') || '.%') into shared;
    with removed as (
        delete from pgq.subscription
         where sub_queue = s.sub_queue
           and case when shared then sub_consumer = s.sub_consumer else sub_id = s.sub_id end
        returning sub_consumer)
    select array_agg(sub_consumer) into gone from removed;
    if not shared then
        delete from pgq.retry_queue where ev_owner = s.sub_id;
    end if;
    delete from pgq.consumer
     where co_id = any (gone)
       and not exists (select from pgq.subscription where sub_consumer = co_id);
    return cardinality(gone);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.create_queue: makes a queue with its event tables, sequences and first tick.
-- Parameters: i_queue_name.
-- Returns: 1 when the queue was made, 0 when there already was one.
create or replace function pgq.create_queue(i_queue_name text) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    id      integer;
    prefix  text;
    tables  integer;
    id_seq  text;
    tck_seq text;
begin
    if i_queue_name is null then
        raise exception 'Invalid NULL value' using detail = 'A queue needs a name.';
    end if;
    if exists (select from pgq.queue where queue_name = i_queue_name) then
        return 0;
    end if;
    id := nextval('pgq.queue_queue_id_seq');
    prefix := 'pgq.event_' || id;
    id_seq := prefix || '_id_seq';
    tck_seq := prefix || '_tick_seq';
    insert into pgq.queue (queue_id, queue_name, queue_data_pfx, queue_event_seq, queue_tick_seq)
        values (id, i_queue_name, prefix, id_seq, tck_seq)
        on conflict on constraint queue_name_uq do nothing
        returning queue_ntables into tables;
    if not found then
        return 0; -- another session made it meanwhile
    end if;

    execute format('create sequence %s', id_seq);
    execute format('create sequence %s', tck_seq);
    execute format('create table %s () inherits (pgq.event_template)', prefix);
    for i in 0 .. tables - 1 loop
        execute format('create table %s_%s () inherits (%1$s)', prefix, i);
        execute format('alter table %s_%s alter column ev_id set default nextval(%L)', prefix, i, id_seq);
        execute format('create index event_%s_%s_txid_idx on %s_%2$s (ev_txid)', id, i, prefix);
    end loop;
    perform pgq.grant_perms(i_queue_name);
    perform pgq.tune_storage(i_queue_name);
    insert into pgq.tick (tick_queue, tick_id, tick_event_seq)
        values (id, nextval(tck_seq::regclass), pgq.seq_getval(id_seq));
    return 1;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.drop_queue: removes a queue with all its events.
-- Parameters: x_queue_name; x_force true removes its consumers, too.
-- Returns: 1. Raises an error when the queue has consumers and x_force is not true.
create or replace function pgq.drop_queue(x_queue_name text, x_force boolean) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q    pgq.queue%rowtype;
    used text;
begin
    select * into q from pgq.queue where queue_name = x_queue_name for update;
    if not found then
        raise exception 'No such event queue' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    select string_agg(co_name, ', ' order by co_name) into used
      from pgq.subscription join pgq.consumer on co_id = sub_consumer
     where sub_queue = q.queue_id;
    if used is not null and x_force is not true then
        raise exception 'cannot drop queue, consumers still attached'
            using detail = format('Queue "%s" has consumers: %s.', x_queue_name, used),
                  hint = format('Unregister them or run: select pgq.drop_queue(%L, true)', x_queue_name);
    end if;
    perform pgq.unregister_consumer(x_queue_name, co_name)
       from pgq.consumer
      where co_id in (select sub_consumer from pgq.subscription where sub_queue = q.queue_id);
    for i in 0 .. q.queue_ntables - 1 loop
        execute format('drop table if exists %s', pgq.quote_fqname(q.queue_data_pfx || '_' || i));
    end loop;
    execute format('drop table %s', pgq.quote_fqname(q.queue_data_pfx));
    delete from pgq.retry_queue where ev_queue = q.queue_id;
    delete from pgq.tick where tick_queue = q.queue_id;
    delete from pgq.queue where queue_id = q.queue_id;
    execute format('drop sequence %s, %s', pgq.quote_fqname(q.queue_event_seq), pgq.quote_fqname(q.queue_tick_seq));
    return 1;
end
$$;

-- Function pgq.drop_queue: removes a queue that nobody consumes.
-- Parameters: x_queue_name.
-- Returns: 1.
create or replace function pgq.drop_queue(x_queue_name text) returns integer
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select pgq.drop_queue(x_queue_name, false) $$;

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
        raise exception 'Queue ''%'' allows max % events from one TX', i_queue_name, i_limit;
    end if;
    perform set_config(name, inserts::text, true);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.insert_event_raw: writes an event with all its fields.
-- Parameters: the fields; ev_id NULL draws a new id, ev_time NULL means now.
-- Returns: the event's id.
create or replace function pgq.insert_event_raw(
    queue_name text, ev_id bigint, ev_time timestamptz, ev_owner integer, ev_retry integer, ev_type text,
    ev_data text, ev_extra1 text, ev_extra2 text, ev_extra3 text, ev_extra4 text) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    q     pgq.queue%rowtype;
    drawn bigint;
begin
    select * into q from pgq.queue where queue_name = insert_event_raw.queue_name;
    if not found then
        raise exception 'No such queue' using detail = format('There is no queue "%s".', insert_event_raw.queue_name);
    end if;
    if q.queue_disable_insert and current_setting('session_replication_role') <> 'replica' then
        raise exception 'Insert into queue disallowed' using detail = format(
            'Queue "%s" has queue_disable_insert set.', insert_event_raw.queue_name);
    end if;
    if q.queue_per_tx_limit is not null then
        perform pgq._count_tx_events(q.queue_id, q.queue_name, q.queue_per_tx_limit);
    end if;
    -- The sequence moves for a given id, too: the ticker counts events by it.
    drawn := nextval(q.queue_event_seq::regclass);
    execute format('insert into %s (ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,'
                   ' ev_extra1, ev_extra2, ev_extra3, ev_extra4) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
                   pgq.quote_fqname(q.queue_data_pfx || '_' || q.queue_cur_table))
        using coalesce(insert_event_raw.ev_id, drawn), coalesce(insert_event_raw.ev_time, now()),
              insert_event_raw.ev_owner, insert_event_raw.ev_retry, insert_event_raw.ev_type,
              insert_event_raw.ev_data, insert_event_raw.ev_extra1, insert_event_raw.ev_extra2,
              insert_event_raw.ev_extra3, insert_event_raw.ev_extra4;
    return coalesce(insert_event_raw.ev_id, drawn);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.insert_event: writes an event in the caller's transaction.
-- Parameters: the queue and the event's fields.
-- Returns: the event's id.
create or replace function pgq.insert_event(
    queue_name text, ev_type text, ev_data text, ev_extra1 text, ev_extra2 text, ev_extra3 text, ev_extra4 text)
    returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pgq.insert_event_raw(queue_name, null, now(), null, null, ev_type, ev_data,
                                ev_extra1, ev_extra2, ev_extra3, ev_extra4);
end
$$;

-- Function pgq.insert_event: writes an event without extra fields.
-- Parameters: the queue and the event's fields.
-- Returns: the event's id.
create or replace function pgq.insert_event(queue_name text, ev_type text, ev_data text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pgq.insert_event_raw(queue_name, null, now(), null, null, ev_type, ev_data, null, null, null, null);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.register_consumer_at: subscribes a consumer at a tick, or moves it there; an open batch is dropped by the move.
-- Parameters: queue, consumer, and the tick, which must still exist; NULL means the queue's last tick,
-- and leaves an existing subscription alone.
-- Returns: 1 when the subscription is new, else 0.
create or replace function pgq.register_consumer_at(x_queue_name text, x_consumer_name text, x_tick_pos bigint)
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    the_queue    integer;
    the_consumer integer;
    start_tick   bigint;
begin
    -- The lock keeps a rotation from removing the tick that is chosen here.
    select queue_id into the_queue from pgq.queue where queue_name = x_queue_name for key share;
    if not found then
        raise exception 'Event queue not created yet' using detail = format('There is no queue "%s".', x_queue_name);
    end if;
    insert into pgq.consumer (co_name) values (x_consumer_name) on conflict (co_name) do nothing;
    select co_id into the_consumer from pgq.consumer where co_name = x_consumer_name for key share;

    perform from pgq.subscription where sub_queue = the_queue and sub_consumer = the_consumer;
    if found and x_tick_pos is null then
        return 0;
    end if;
    if x_tick_pos is null then
        select max(tick_id) into start_tick from pgq.tick where tick_queue = the_queue;
        if start_tick is null then
            raise exception 'No ticks for this queue.  Please run ticker on database.';
        end if;
    else
        select tick_id into start_tick from pgq.tick where tick_queue = the_queue and tick_id = x_tick_pos;
        if not found then
            raise exception 'cannot reposition, tick not found: %', x_tick_pos;
        end if;
    end if;
    insert into pgq.subscription (sub_queue, sub_consumer, sub_last_tick)
        values (the_queue, the_consumer, start_tick)
        on conflict (sub_queue, sub_consumer) do nothing;
    if found then
        return 1;
    end if;
    if x_tick_pos is not null then
        update pgq.subscription
           set sub_last_tick = start_tick, sub_batch = null, sub_next_tick = null, sub_active = now()
         where sub_queue = the_queue and sub_consumer = the_consumer;
    end if;
    return 0;
end
$$;

-- Function pgq.register_consumer: subscribes a consumer at the queue's last tick, so that it sees later events only.
-- Parameters: queue, consumer.
-- Returns: 1 when the subscription is new, else 0.
create or replace function pgq.register_consumer(x_queue_name text, x_consumer_id text) returns integer
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select pgq.register_consumer_at(x_queue_name, x_consumer_id, null) $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._tick_due: the rule that decides whether a queue needs a tick now.
-- With new events: as soon as there are max_count of them or the last tick is max_lag old. Without: ever more rarely,
-- the pause doubling up to idle_period, so that the first event after a quiet time finds its tick at once.
-- Parameters: new events since the last tick, age of the last tick, time between the last two ticks (NULL when there
-- is only one), and the queue's three settings.
-- Returns: boolean.
create or replace function pgq._tick_due(new_events bigint, lag interval, last_gap interval,
                                         max_count integer, max_lag interval, idle_period interval)
    returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when new_events > 0 then new_events >= max_count or lag >= max_lag
               when last_gap is null then true
               else not (lag < max_lag / 2 or (lag < last_gap * 2 and lag < idle_period))
           end
$$;

-- Function pgq.ticker: makes a tick for one queue if one is due. Concurrent callers wait for each other, because
-- the order of the ticks must be the order of their snapshots.
-- Parameters: i_queue_name.
-- Returns: the new tick's id, or NULL when none was due.
create or replace function pgq.ticker(i_queue_name text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q        pgq.queue%rowtype;
    last     pgq.tick%rowtype;
    before   timestamptz;
    lag      interval;
    seq_now  bigint;
    made     bigint;
begin
    select * into q from pgq.queue where queue_name = i_queue_name;
    if not found then
        raise exception 'no such queue' using detail = format('There is no queue "%s".', i_queue_name);
    end if;
    if q.queue_external_ticker then
        raise exception 'This queue has external tick source.' using detail = format('Queue "%s".', i_queue_name);
    end if;
    if q.queue_ticker_paused then
        raise exception 'Ticker has been paused for this queue' using detail = format('Queue "%s".', i_queue_name),
            hint = format('To go on: select pgq.set_queue_config(%L, ''ticker_paused'', ''false'')', i_queue_name);
    end if;
    perform pg_advisory_xact_lock('pgq.tick'::regclass::oid::bigint::bit(32)::integer, q.queue_id);

    select * into last from pgq.tick where tick_queue = q.queue_id order by tick_id desc limit 1;
    seq_now := pgq.seq_getval(q.queue_event_seq);
    if last.tick_id is not null then
        select tick_time into before from pgq.tick
         where tick_queue = q.queue_id and tick_id < last.tick_id order by tick_id desc limit 1;
        lag := clock_timestamp() - last.tick_time;
        if pg_snapshot_xmin(pg_current_snapshot()) < pg_snapshot_xmin(last.tick_snapshot) then
            raise exception 'Invalid PgQ state: old xmin=%, new xmin=%',
                pg_snapshot_xmin(last.tick_snapshot), pg_snapshot_xmin(pg_current_snapshot())
                using detail = format('Tick %s of queue "%s" was made with later transaction ids than this server has:'
                                      ' the database was restored into another cluster.', last.tick_id, i_queue_name),
                      hint = 'Advance the server''s transaction ids with pg_resetwal -e, or drop and create the queue.';
        end if;
        if seq_now < last.tick_event_seq then
            raise warning 'Negative new_events?  old=% cur=%', last.tick_event_seq, seq_now;
        end if;
        if not pgq._tick_due(seq_now - last.tick_event_seq, lag, last.tick_time - before, q.queue_ticker_max_count,
                             q.queue_ticker_max_lag, q.queue_ticker_idle_period) then
            return null;
        end if;
    end if;
    -- A statement of its own: its snapshot is younger than the lock.
    insert into pgq.tick (tick_queue, tick_id, tick_time, tick_event_seq)
        values (q.queue_id, nextval(q.queue_tick_seq::regclass), clock_timestamp(), seq_now)
        returning tick_id into made;
    return made;
end
$$;

-- Function pgq.ticker: makes the ticks that are due in all queues that are neither paused nor ticked from outside.
-- Returns: how many queues got a tick.
create or replace function pgq.ticker() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    name  text;
    ticks bigint := 0;
begin
    for name in
        select queue_name from pgq.queue
         where not queue_external_ticker and not queue_ticker_paused
         order by queue_id
    loop
        if pgq.ticker(name) is not null then
            ticks := ticks + 1;
        end if;
    end loop;
    return ticks;
end
$$;

-- Function pgq.ticker: records a tick that was made elsewhere, for a queue with an external ticker.
-- Parameters: queue, the tick's id and time, and the event sequence at that tick.
-- Returns: the tick's id.
create or replace function pgq.ticker(i_queue_name text, i_tick_id bigint, i_orig_timestamp timestamptz,
                                      i_event_seq bigint) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    select * into q from pgq.queue
     where queue_name = i_queue_name and queue_external_ticker and not queue_ticker_paused;
    if not found then
        raise exception 'queue not found or ticker disabled: %', i_queue_name;
    end if;
    perform pg_advisory_xact_lock('pgq.tick'::regclass::oid::bigint::bit(32)::integer, q.queue_id);
    insert into pgq.tick (tick_queue, tick_id, tick_time, tick_event_seq)
        values (q.queue_id, i_tick_id, i_orig_timestamp, i_event_seq);
    perform pgq.seq_setval(q.queue_tick_seq, i_tick_id), pgq.seq_setval(q.queue_event_seq, i_event_seq);
    return i_tick_id;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.force_tick: moves the event sequence so far that the ticker's next run must tick.
-- Parameters: i_queue_name.
-- Returns: the last tick so far, NULL for an unknown queue; callers poll until there is a later one.
create or replace function pgq.force_tick(i_queue_name text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q pgq.queue%rowtype;
begin
    select * into q from pgq.queue where queue_name = i_queue_name;
    if not found then
        return null;
    end if;
    if not (q.queue_external_ticker or q.queue_ticker_paused) then
        perform setval(q.queue_event_seq::regclass,
                       nextval(q.queue_event_seq::regclass) + q.queue_ticker_max_count * 2 + 1000);
    end if;
    return (select max(tick_id) from pgq.tick where tick_queue = q.queue_id);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.find_tick_helper: the tick that ends a batch of at least so many events or so much time.
-- The last tick does, unless that would make the batch more than twice as large as asked for.
-- Parameters: the queue, the tick before the batch with its time and event sequence, the two lower bounds
-- (either may be NULL; reaching one is enough).
-- Returns: the tick, or NULLs when neither bound is reached yet.
create or replace function pgq.find_tick_helper(
    in i_queue_id integer, in i_prev_tick_id bigint, in i_prev_tick_time timestamptz, in i_prev_tick_seq bigint,
    in i_min_count bigint, in i_min_interval interval,
    out next_tick_id bigint, out next_tick_time timestamptz, out next_tick_seq bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    events  bigint;
    span    interval;
begin
    select tick_id, tick_time, tick_event_seq into next_tick_id, next_tick_time, next_tick_seq
      from pgq.tick where tick_queue = i_queue_id and tick_id > i_prev_tick_id
     order by tick_id desc limit 1;
    events := next_tick_seq - i_prev_tick_seq;
    span := next_tick_time - i_prev_tick_time;
    if (events >= i_min_count or span >= i_min_interval) is not true then
        next_tick_id := null;
        next_tick_time := null;
        next_tick_seq := null;
        return;
    end if;
    if events > i_min_count * 2 or span > i_min_interval * 2 then
        select tick_id, tick_time, tick_event_seq into next_tick_id, next_tick_time, next_tick_seq
          from pgq.tick
         where tick_queue = i_queue_id and tick_id > i_prev_tick_id
           and (tick_event_seq - i_prev_tick_seq >= i_min_count or tick_time - i_prev_tick_time >= i_min_interval)
         order by tick_id limit 1;
    end if;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.next_batch_custom: opens the consumer's next batch, or returns the one that is still open.
-- Parameters: queue, consumer; i_min_lag: the batch's last tick must be at least so old; i_min_count, i_min_interval:
-- several ticks make one batch until it has so many events or covers so much time. Each may be NULL.
-- Returns: the batch and its two ticks; NULLs when there is nothing to do.
create or replace function pgq.next_batch_custom(
    in i_queue_name text, in i_consumer_name text, in i_min_lag interval, in i_min_count integer,
    in i_min_interval interval,
    out batch_id bigint, out cur_tick_id bigint, out prev_tick_id bigint, out cur_tick_time timestamptz,
    out prev_tick_time timestamptz, out cur_tick_event_seq bigint, out prev_tick_event_seq bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s    record;
    prev pgq.tick%rowtype;
    cur  record;
begin
    select sub_queue, sub_consumer, sub_last_tick, sub_batch, sub_next_tick into s
      from pgq.subscription
      join pgq.queue on queue_id = sub_queue
      join pgq.consumer on co_id = sub_consumer
     where queue_name = i_queue_name and co_name = i_consumer_name;
    if not found then
        raise exception 'Not subscriber to queue: %/%', coalesce(i_queue_name, 'NULL'), coalesce(i_consumer_name, 'NULL')
            using hint = format('To subscribe: select pgq.register_consumer(%L, %L)', i_queue_name, i_consumer_name);
    end if;
    select * into prev from pgq.tick where tick_queue = s.sub_queue and tick_id = s.sub_last_tick;
    if not found then
        raise exception 'PgQ corruption: consumer % on queue % has no tick %',
            i_consumer_name, i_queue_name, s.sub_last_tick;
    end if;

    if s.sub_batch is not null then
        select tick_id as id, tick_time as at, tick_event_seq as seq into cur
          from pgq.tick where tick_queue = s.sub_queue and tick_id = s.sub_next_tick;
        batch_id := s.sub_batch;
    elsif i_min_count is null and i_min_interval is null then
        select tick_id as id, tick_time as at, tick_event_seq as seq into cur
          from pgq.tick where tick_queue = s.sub_queue and tick_id > s.sub_last_tick order by tick_id limit 1;
    else
        select next_tick_id as id, next_tick_time as at, next_tick_seq as seq into cur
          from pgq.find_tick_helper(s.sub_queue, prev.tick_id, prev.tick_time, prev.tick_event_seq,
                                    i_min_count, i_min_interval);
    end if;

    if batch_id is null and (cur.id is null or clock_timestamp() - cur.at < i_min_lag) then
        update pgq.subscription set sub_active = now()
         where sub_queue = s.sub_queue and sub_consumer = s.sub_consumer;
        return;
    end if;
    if batch_id is null then
        batch_id := nextval('pgq.batch_id_seq');
        update pgq.subscription
           set sub_batch = next_batch_custom.batch_id, sub_next_tick = cur.id, sub_active = now()
         where sub_queue = s.sub_queue and sub_consumer = s.sub_consumer
           and sub_batch is null and sub_last_tick = s.sub_last_tick;
        if not found then
            raise exception 'consumer % on queue % is used by two sessions at once', i_consumer_name, i_queue_name
                using errcode = 'serialization_failure';
        end if;
    end if;
    cur_tick_id := cur.id;
    cur_tick_time := cur.at;
    cur_tick_event_seq := cur.seq;
    prev_tick_id := prev.tick_id;
    prev_tick_time := prev.tick_time;
    prev_tick_event_seq := prev.tick_event_seq;
end
$$;

-- Function pgq.next_batch_info: opens the consumer's next batch of one tick, or returns the one that is still open.
-- Parameters: queue, consumer.
-- Returns: as pgq.next_batch_custom.
create or replace function pgq.next_batch_info(
    in i_queue_name text, in i_consumer_name text,
    out batch_id bigint, out cur_tick_id bigint, out prev_tick_id bigint, out cur_tick_time timestamptz,
    out prev_tick_time timestamptz, out cur_tick_event_seq bigint, out prev_tick_event_seq bigint)
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.next_batch_custom(i_queue_name, i_consumer_name, null, null, null) $$;

-- Function pgq.next_batch: as pgq.next_batch_info.
-- Parameters: queue, consumer.
-- Returns: the batch's id only, or NULL.
create or replace function pgq.next_batch(i_queue_name text, i_consumer_name text) returns bigint
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select batch_id from pgq.next_batch_custom(i_queue_name, i_consumer_name, null, null, null) $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.finish_batch: closes a batch; the consumer is then at the batch's last tick.
-- Parameters: x_batch_id.
-- Returns: 1, or 0 with a warning when there is no such open batch.
create or replace function pgq.finish_batch(x_batch_id bigint) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update pgq.subscription
       set sub_active = now(), sub_last_tick = sub_next_tick, sub_next_tick = null, sub_batch = null
     where sub_batch = x_batch_id;
    if not found then
        raise warning 'finish_batch: batch % not found', x_batch_id;
        return 0;
    end if;
    return 1;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_batch_info: what an open batch covers.
-- Parameters: x_batch_id.
-- Returns: one row, NULLs when there is no such open batch.
create or replace function pgq.get_batch_info(
    in x_batch_id bigint,
    out queue_name text, out consumer_name text, out batch_start timestamptz, out batch_end timestamptz,
    out prev_tick_id bigint, out tick_id bigint, out lag interval, out seq_start bigint, out seq_end bigint)
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select q.queue_name, c.co_name, prev.tick_time, cur.tick_time, prev.tick_id, cur.tick_id,
           now() - cur.tick_time, prev.tick_event_seq, cur.tick_event_seq
      from pgq.subscription s
      join pgq.queue q on q.queue_id = s.sub_queue
      join pgq.consumer c on c.co_id = s.sub_consumer
      join pgq.tick prev on prev.tick_queue = s.sub_queue and prev.tick_id = s.sub_last_tick
      join pgq.tick cur on cur.tick_queue = s.sub_queue and cur.tick_id = s.sub_next_tick
     where s.sub_batch = x_batch_id
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_event_tables: the tables that may hold events of an open batch.
-- PgQ leaves the older tables out as soon as every transaction of the batch began after the last switch. But a
-- REPEATABLE READ transaction may begin to write after a switch, with a snapshot from before it, and then it writes into
-- an older table. Looking there costs one index probe each, so only what can never hold an event is left out.
-- Parameters: x_batch_id.
-- Returns: quoted table names.
create or replace function pgq.batch_event_tables(x_batch_id bigint) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    b record;
begin
    select queue_data_pfx, queue_cur_table, queue_ntables, queue_switch_step1,
           pg_snapshot_xmax(cur.tick_snapshot)::text::bigint as tx_max
      into b
      from pgq.subscription
      join pgq.queue on queue_id = sub_queue
      join pgq.tick cur on cur.tick_queue = sub_queue and cur.tick_id = sub_next_tick
     where sub_batch = x_batch_id;
    if not found then
        raise exception 'Cannot find data for batch %', x_batch_id;
    end if;
    for age in reverse b.queue_ntables - 1 .. 1 loop
        return next pgq.quote_fqname(b.queue_data_pfx || '_' || (b.queue_cur_table + b.queue_ntables - age) % b.queue_ntables);
    end loop;
    -- Every transaction of the batch had ended before the switch began.
    if b.tx_max >= b.queue_switch_step1 or b.queue_ntables = 1 then
        return next pgq.quote_fqname(b.queue_data_pfx || '_' || b.queue_cur_table);
    end if;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_event_sql: a query for the events of an open batch, in the order of their ids.
-- Three things bound the work to the batch's own size: the index range from xmax(prev) to xmax(cur); the exact list
-- of older transactions that were in progress at prev and have ended at cur; and a lower bound moved down
-- for those of them that are within 100 ids of xmax(prev), which keeps the list short.
-- Parameters: x_batch_id.
-- Returns: the text of the query; its columns are those of pgq.get_batch_events.
create or replace function pgq.batch_event_sql(x_batch_id bigint) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    near     constant bigint := 100;
    b        record;
    low      bigint;
    ended    text;
    visible  text;
    branches text[] := '{}';
    part     text;
    data     text;
begin
    select s.sub_id, prev.tick_snapshot as prev_snapshot, cur.tick_snapshot as cur_snapshot,
           pg_snapshot_xmax(prev.tick_snapshot)::text::bigint as prev_xmax, pg_snapshot_xmax(cur.tick_snapshot) as cur_xmax
      into b
      from pgq.subscription s
      join pgq.tick prev on prev.tick_queue = s.sub_queue and prev.tick_id = s.sub_last_tick
      join pgq.tick cur on cur.tick_queue = s.sub_queue and cur.tick_id = s.sub_next_tick
     where s.sub_batch = x_batch_id;
    if not found then
        raise exception 'batch not found' using detail = format('There is no open batch %s.', x_batch_id);
    end if;

    select coalesce(min(id) filter (where id >= b.prev_xmax - near), b.prev_xmax),
           string_agg(format('%L::xid8', id), ', ' order by id) filter (where id < b.prev_xmax - near)
      into low, ended
      from (select x::text::bigint as id from pg_snapshot_xip(b.prev_snapshot) x
             where pg_visible_in_snapshot(x, b.cur_snapshot)) in_progress;

    visible := format('pg_catalog.pg_visible_in_snapshot(ev.ev_txid, %L)'
                      ' and not pg_catalog.pg_visible_in_snapshot(ev.ev_txid, %L)'
                      ' and (ev.ev_owner is null or ev.ev_owner = %s)', b.cur_snapshot, b.prev_snapshot, b.sub_id);
    for data in select * from pgq.batch_event_tables(x_batch_id) loop
        part := 'select ev.ev_id, ev.ev_time, ev.ev_txid::text::bigint as ev_txid, ev.ev_retry, ev.ev_type, ev.ev_data,'
                ' ev.ev_extra1, ev.ev_extra2, ev.ev_extra3, ev.ev_extra4 from ' || data || ' ev where ';
        branches := branches || (part || format('ev.ev_txid >= %L::xid8 and ev.ev_txid <= %L::xid8 and ',
                                                low, b.cur_xmax) || visible);
        if ended is not null then
            -- Aborted transactions of the list left nothing; the others are visible at cur, and were not at prev.
            branches := branches || (part || format('ev.ev_txid in (%s) and ', ended) || visible);
        end if;
    end loop;
    return array_to_string(branches, ' union all ') || ' order by 1';
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_batch_events: the events of an open batch, in the order of their ids.
-- Parameters: x_batch_id.
-- Returns: set of events.
create or replace function pgq.get_batch_events(
    in x_batch_id bigint,
    out ev_id bigint, out ev_time timestamptz, out ev_txid bigint, out ev_retry integer, out ev_type text,
    out ev_data text, out ev_extra1 text, out ev_extra2 text, out ev_extra3 text, out ev_extra4 text)
    returns setof record
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute pgq.batch_event_sql(x_batch_id);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_batch_cursor: opens a cursor over the events of a batch and returns the first of them at once.
-- It runs with the caller's rights, because the caller's condition becomes part of the query.
-- Parameters: i_batch_id; i_cursor_name; i_quick_limit, how many events to return now; i_extra_where, a condition on
-- ev_id .. ev_extra4 as SQL, or NULL.
-- Returns: set of events; the rest is fetched from the cursor in the same transaction.
create or replace function pgq.get_batch_cursor(
    in i_batch_id bigint, in i_cursor_name text, in i_quick_limit integer, in i_extra_where text,
    out ev_id bigint, out ev_time timestamptz, out ev_txid bigint, out ev_retry integer, out ev_type text,
    out ev_data text, out ev_extra1 text, out ev_extra2 text, out ev_extra3 text, out ev_extra4 text)
    returns setof record
    language plpgsql
as $$
declare
    query text;
begin
    if i_batch_id is null or i_cursor_name is null or i_quick_limit is null then
        return;
    end if;
    query := pgq.batch_event_sql(i_batch_id);
    if i_extra_where is not null then
        query := pg_catalog.format('select * from (%s) as ev where (%s) order by 1', query, i_extra_where);
    end if;
    execute pg_catalog.format('declare %I no scroll cursor for %s', i_cursor_name, query);
    return query execute pg_catalog.format('fetch %s from %I', i_quick_limit, i_cursor_name);
end
$$;

-- Function pgq.get_batch_cursor: as above, without a condition.
-- Parameters: i_batch_id, i_cursor_name, i_quick_limit.
-- Returns: set of events.
create or replace function pgq.get_batch_cursor(
    in i_batch_id bigint, in i_cursor_name text, in i_quick_limit integer,
    out ev_id bigint, out ev_time timestamptz, out ev_txid bigint, out ev_retry integer, out ev_type text,
    out ev_data text, out ev_extra1 text, out ev_extra2 text, out ev_extra3 text, out ev_extra4 text)
    returns setof record
    language plpgsql
as $$
begin
    return query select * from pgq.get_batch_cursor(i_batch_id, i_cursor_name, i_quick_limit, null);
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.event_retry: has one event of an open batch delivered again to its consumer, after a time.
-- Parameters: x_batch_id, x_event_id, x_retry_time.
-- Returns: 1, or 0 when the event is waiting for that already.
create or replace function pgq.event_retry(x_batch_id bigint, x_event_id bigint, x_retry_time timestamptz)
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s pgq.subscription%rowtype;
    e record;
begin
    select * into s from pgq.subscription where sub_batch = x_batch_id;
    if found then
        execute format('select * from (%s) ev where ev_id = $1 limit 1', pgq.batch_event_sql(x_batch_id))
           into e using x_event_id;
    end if;
    if not found or e is null or e.ev_id is null then
        raise exception 'event not found' using detail = format('Event %s, batch %s.', x_event_id, x_batch_id);
    end if;
    insert into pgq.retry_queue (ev_retry_after, ev_queue, ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,
                                 ev_extra1, ev_extra2, ev_extra3, ev_extra4)
        values (x_retry_time, s.sub_queue, e.ev_id, e.ev_time, s.sub_id, coalesce(e.ev_retry, 0) + 1, e.ev_type,
                e.ev_data, e.ev_extra1, e.ev_extra2, e.ev_extra3, e.ev_extra4)
        on conflict on constraint rq_pkey do nothing;
    return case when found then 1 else 0 end;
end
$$;

-- Function pgq.event_retry: as above.
-- Parameters: x_batch_id, x_event_id, x_retry_seconds from now.
-- Returns: 1, or 0 when the event is waiting for that already.
create or replace function pgq.event_retry(x_batch_id bigint, x_event_id bigint, x_retry_seconds integer)
    returns integer
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select pgq.event_retry(x_batch_id, x_event_id, now() + make_interval(secs => x_retry_seconds)) $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.batch_retry: has all events of an open batch delivered again to its consumer, after a time.
-- Parameters: i_batch_id, i_retry_seconds from now.
-- Returns: how many events were not waiting for that already.
create or replace function pgq.batch_retry(i_batch_id bigint, i_retry_seconds integer) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s     pgq.subscription%rowtype;
    added integer;
begin
    select * into s from pgq.subscription where sub_batch = i_batch_id;
    if not found then
        raise exception 'batch_retry: batch % not found', i_batch_id;
    end if;
    insert into pgq.retry_queue (ev_retry_after, ev_queue, ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,
                                 ev_extra1, ev_extra2, ev_extra3, ev_extra4)
        select now() + make_interval(secs => i_retry_seconds), s.sub_queue, ev_id, ev_time, s.sub_id,
               coalesce(ev_retry, 0) + 1, ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3, ev_extra4
          from pgq.get_batch_events(i_batch_id)
        on conflict on constraint rq_pkey do nothing;
    get diagnostics added = row_count;
    return added;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.event_retry_raw: puts an event with given fields into a consumer's retry queue.
-- Parameters: queue, consumer, when to deliver, and the event's fields; x_ev_id NULL draws a new id.
-- Returns: the event's id.
create or replace function pgq.event_retry_raw(
    x_queue text, x_consumer text, x_retry_after timestamptz, x_ev_id bigint, x_ev_time timestamptz,
    x_ev_retry integer, x_ev_type text, x_ev_data text, x_ev_extra1 text, x_ev_extra2 text, x_ev_extra3 text,
    x_ev_extra4 text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s  record;
    id bigint := x_ev_id;
begin
    select sub_id, queue_id, queue_event_seq into s
      from pgq.subscription
      join pgq.queue on queue_id = sub_queue
      join pgq.consumer on co_id = sub_consumer
     where queue_name = x_queue and co_name = x_consumer;
    if not found then
        raise exception 'consumer not registered' using detail = format('Consumer %s, queue %s.', x_consumer, x_queue);
    end if;
    if id is null then
        id := nextval(s.queue_event_seq::regclass);
    end if;
    insert into pgq.retry_queue (ev_retry_after, ev_queue, ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,
                                 ev_extra1, ev_extra2, ev_extra3, ev_extra4)
        values (x_retry_after, s.queue_id, id, coalesce(x_ev_time, now()), s.sub_id, x_ev_retry, x_ev_type, x_ev_data,
                x_ev_extra1, x_ev_extra2, x_ev_extra3, x_ev_extra4);
    return id;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_retry_events: moves due events from the retry queue back into their queues, ten in one call.
-- Returns: how many were moved; callers repeat until it is 0.
create or replace function pgq.maint_retry_events() returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    r     record;
    moved integer := 0;
begin
    for r in
        select queue_name, rq.* from pgq.retry_queue rq join pgq.queue on queue_id = ev_queue
         where ev_retry_after <= now()
         order by ev_retry_after, ev_id limit 10
           for update of rq skip locked
    loop
        perform pgq.insert_event_raw(r.queue_name, r.ev_id, r.ev_time, r.ev_owner, r.ev_retry, r.ev_type, r.ev_data,
                                     r.ev_extra1, r.ev_extra2, r.ev_extra3, r.ev_extra4);
        delete from pgq.retry_queue where ev_owner = r.ev_owner and ev_id = r.ev_id;
        moved := moved + 1;
    end loop;
    return moved;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_rotate_tables_step1: empties the oldest event table and directs new events into it, if the
-- rotation period is over, step 2 of the last rotation is done and no consumer can need that table any more.
-- Parameters: i_queue_name.
-- Returns: 0.
create or replace function pgq.maint_rotate_tables_step1(i_queue_name text) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    q         pgq.queue%rowtype;
    slowest   bigint;
    least     bigint;
    next_nr   integer;
    next_name text;
    needed    boolean;
begin
    select * into q from pgq.queue where queue_name = i_queue_name for update;
    if not found or q.queue_switch_step2 is null or q.queue_switch_time + q.queue_rotation_period >= now() then
        return 0;
    end if;
    select min(sub_last_tick) into slowest from pgq.subscription where sub_queue = q.queue_id;
    if slowest is not null then
        select pg_snapshot_xmin(tick_snapshot)::text::bigint into least
          from pgq.tick where tick_queue = q.queue_id and tick_id = slowest;
        if least is null or least <= q.queue_switch_step2 then
            return 0;
        end if;
    end if;

    next_nr := (q.queue_cur_table + 1) % q.queue_ntables;
    next_name := pgq.quote_fqname(q.queue_data_pfx || '_' || next_nr);
    begin
        execute format('lock table %s in access exclusive mode nowait', next_name);
    exception
        when lock_not_available then
            raise warning 'maint_rotate_tables_step1: % is locked, rotation of queue % is put off',
                next_name, i_queue_name;
            return 0;
    end;
    if slowest is not null then
        -- A REPEATABLE READ transaction with a snapshot older than two switches may have written here.
        execute format('select exists (select from %s where ev_txid >= $1)', next_name) into needed using least::text::xid8;
        if needed then
            raise warning 'maint_rotate_tables_step1: % holds events that consumers have yet to read,'
                          ' rotation of queue % is put off', next_name, i_queue_name;
            return 0;
        end if;
    end if;
    execute format('truncate table %s', next_name);
    update pgq.queue
       set queue_cur_table = next_nr, queue_switch_time = now(),
           queue_switch_step1 = pg_current_xact_id()::text::bigint, queue_switch_step2 = null
     where queue_id = q.queue_id;
    -- Events before step 2 of the last rotation are gone now, so nobody can start at their ticks.
    delete from pgq.tick
     where tick_queue = q.queue_id
       and pg_snapshot_xmin(tick_snapshot)::text::bigint < q.queue_switch_step2
       and tick_id < coalesce(slowest, (select max(tick_id) from pgq.tick where tick_queue = q.queue_id));
    return 0;
end
$$;

-- Function pgq.maint_rotate_tables_step2: ends the rotations that were begun; in a transaction of its own, so that
-- every transaction after it has seen the switch.
-- Returns: 0.
create or replace function pgq.maint_rotate_tables_step2() returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update pgq.queue
       set queue_switch_step2 = pg_current_xact_id()::text::bigint
     where queue_switch_step2 is null
       and queue_switch_step1 < pg_current_xact_id()::text::bigint;
    return 0;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_tables_to_vacuum: the small busy tables that somebody must vacuum when autovacuum is off.
-- Returns: set of quoted table names; none when autovacuum is on.
create or replace function pgq.maint_tables_to_vacuum() returns setof text
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select format('%I.%I', n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where current_setting('autovacuum')::boolean is false
       and c.relkind = 'r'
       and (n.nspname, c.relname) in (
               ('pgq', 'subscription'), ('pgq', 'consumer'), ('pgq', 'queue'), ('pgq', 'tick'), ('pgq', 'retry_queue'),
               ('pgq_ext', 'completed_tick'), ('pgq_ext', 'completed_batch'), ('pgq_ext', 'completed_event'),
               ('pgq_ext', 'partial_batch'))
     order by 1
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_operations: what a maintenance daemon should call now, one call a transaction.
-- Returns: set of (function, argument or NULL); "vacuum" stands for the command.
create or replace function pgq.maint_operations(out func_name text, out func_arg text) returns setof record
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select 'pgq.maint_rotate_tables_step1'::text, queue_name
          from pgq.queue
         where queue_switch_step2 is not null and queue_switch_time + queue_rotation_period < now()
         order by queue_name;
    if found or exists (select from pgq.queue where queue_switch_step2 is null) then
        return query select 'pgq.maint_rotate_tables_step2'::text, null::text;
    end if;
    return query
        select extra, queue_name from pgq.queue cross join unnest(queue_extra_maint) extra order by queue_name;
    return query
        select 'vacuum'::text, t from pgq.maint_tables_to_vacuum() t;
end
$$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_queue_info: settings and state of a queue.
-- Parameters: i_queue_name, NULL for all queues.
-- Returns: set of rows; ev_per_sec from the ticks of the last five minutes (at least the last two), ev_new: events since the last tick.
create or replace function pgq.get_queue_info(
    in i_queue_name text,
    out queue_name text, out queue_ntables integer, out queue_cur_table integer, out queue_rotation_period interval,
    out queue_switch_time timestamptz, out queue_external_ticker boolean, out queue_ticker_paused boolean,
    out queue_ticker_max_count integer, out queue_ticker_max_lag interval, out queue_ticker_idle_period interval,
    out ticker_lag interval, out ev_per_sec float8, out ev_new bigint, out last_tick_id bigint)
    returns setof record
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select q.queue_name, q.queue_ntables, q.queue_cur_table, q.queue_rotation_period, q.queue_switch_time,
           q.queue_external_ticker, q.queue_ticker_paused, q.queue_ticker_max_count, q.queue_ticker_max_lag,
           q.queue_ticker_idle_period, now() - last.tick_time,
           (last.tick_event_seq - early.tick_event_seq)
               / nullif(extract(epoch from last.tick_time - early.tick_time)::float8, 0),
           pgq.seq_getval(q.queue_event_seq) - last.tick_event_seq, last.tick_id
      from pgq.queue q
      left join lateral (
           select * from pgq.tick t where t.tick_queue = q.queue_id order by t.tick_id desc limit 1) last on true
      left join lateral (
           select * from (
               (select * from pgq.tick t
                 where t.tick_queue = q.queue_id and t.tick_time >= last.tick_time - interval '5 minutes'
                   and t.tick_id < last.tick_id
                 order by t.tick_id limit 1)
               union all
               (select * from pgq.tick t
                 where t.tick_queue = q.queue_id and t.tick_id < last.tick_id order by t.tick_id desc limit 1)) found
            limit 1) early on true
     where i_queue_name is null or q.queue_name = i_queue_name
     order by q.queue_name
$$;

-- Function pgq.get_queue_info: settings and state of all queues.
-- Returns: as above.
create or replace function pgq.get_queue_info(
    out queue_name text, out queue_ntables integer, out queue_cur_table integer, out queue_rotation_period interval,
    out queue_switch_time timestamptz, out queue_external_ticker boolean, out queue_ticker_paused boolean,
    out queue_ticker_max_count integer, out queue_ticker_max_lag interval, out queue_ticker_idle_period interval,
    out ticker_lag interval, out ev_per_sec float8, out ev_new bigint, out last_tick_id bigint)
    returns setof record
    language sql
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.get_queue_info(null) $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_consumer_info: where consumers are.
-- Parameters: i_queue_name, i_consumer_name; NULL for all.
-- Returns: set of rows; lag: age of the last finished tick, last_seen: time since the consumer's last call,
-- pending_events: from the last finished tick to the queue's last tick.
create or replace function pgq.get_consumer_info(
    in i_queue_name text, in i_consumer_name text,
    out queue_name text, out consumer_name text, out lag interval, out last_seen interval, out last_tick bigint,
    out current_batch bigint, out next_tick bigint, out pending_events bigint)
    returns setof record
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select q.queue_name, c.co_name, now() - at.tick_time, now() - s.sub_active, s.sub_last_tick, s.sub_batch,
           s.sub_next_tick,
           (select top.tick_event_seq from pgq.tick top where top.tick_queue = s.sub_queue
             order by top.tick_id desc limit 1) - at.tick_event_seq
      from pgq.subscription s
      join pgq.queue q on q.queue_id = s.sub_queue
      join pgq.consumer c on c.co_id = s.sub_consumer
      left join pgq.tick at on at.tick_queue = s.sub_queue and at.tick_id = s.sub_last_tick
     where (i_queue_name is null or q.queue_name = i_queue_name)
       and (i_consumer_name is null or c.co_name = i_consumer_name)
     order by q.queue_name, c.co_name
$$;

-- Function pgq.get_consumer_info: where the consumers of one queue are.
-- Parameters: i_queue_name.
-- Returns: as above.
create or replace function pgq.get_consumer_info(
    in i_queue_name text,
    out queue_name text, out consumer_name text, out lag interval, out last_seen interval, out last_tick bigint,
    out current_batch bigint, out next_tick bigint, out pending_events bigint)
    returns setof record
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.get_consumer_info(i_queue_name, null) $$;

-- Function pgq.get_consumer_info: where all consumers are.
-- Returns: as above.
create or replace function pgq.get_consumer_info(
    out queue_name text, out consumer_name text, out lag interval, out last_seen interval, out last_tick bigint,
    out current_batch bigint, out next_tick bigint, out pending_events bigint)
    returns setof record
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$ select * from pgq.get_consumer_info(null, null) $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._pgq_connect_engine: marks this schema as made by pgq-connect.
-- Returns: the engine's own version, which grows with every change of these statements.
create or replace function pgq._pgq_connect_engine() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$ select '1'::text $$;

-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Rights on schema pgq, as in PgQ: tables of state are readable by all, events by pgq_reader only; functions
-- are for producers (pgq_writer), consumers (pgq_reader), administration (pgq_admin) or everybody.
do $grants$
declare
    everybody constant text[] := array['version', 'quote_fqname', 'seq_getval', 'get_queue_info', 'get_consumer_info',
                                       '_pgq_connect_engine'];
    producers constant text[] := array['insert_event', 'current_event_table'];
    consumers constant text[] := array[
        'register_consumer', 'register_consumer_at', 'unregister_consumer', 'next_batch', 'next_batch_info',
        'next_batch_custom', 'find_tick_helper', 'batch_event_sql', 'batch_event_tables', 'get_batch_events',
        'get_batch_cursor', 'get_batch_info', 'finish_batch', 'event_retry', 'batch_retry', 'force_tick'];
    f record;
    r record;
begin
    grant usage on schema pgq to public;
    grant select on pgq.queue, pgq.tick, pgq.consumer, pgq.subscription to public;
    for f in
        select p.oid::regprocedure as signature, p.proname::text as name
          from pg_catalog.pg_proc p
         where p.pronamespace = 'pgq'::regnamespace
           and pg_catalog.pg_has_role(p.proowner, 'usage')
    loop
        execute pg_catalog.format('revoke all on function %s from public', f.signature);
        if f.name = any (everybody) then
            execute pg_catalog.format('grant execute on function %s to public', f.signature);
        end if;
        for r in
            select rolname from pg_catalog.pg_roles
             where (rolname = 'pgq_writer' and f.name = any (producers))
                or (rolname = 'pgq_reader' and f.name = any (consumers))
                or rolname = 'pgq_admin'
        loop
            execute pg_catalog.format('grant execute on function %s to %I', f.signature, r.rolname);
        end loop;
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'pgq_reader') then
        grant select on pgq.event_template, pgq.queue, pgq.tick, pgq.consumer, pgq.subscription to pgq_reader;
    end if;
    if exists (select from pg_catalog.pg_roles where rolname = 'pgq_admin') then
        grant select, insert, update, delete on pgq.queue, pgq.tick, pgq.consumer, pgq.subscription, pgq.retry_queue
            to pgq_admin;
        grant insert, select, truncate on pgq.event_template to pgq_admin;
    end if;
end
$grants$;

