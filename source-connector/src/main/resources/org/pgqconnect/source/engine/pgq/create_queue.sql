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
