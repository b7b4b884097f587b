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
