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
           and x_consumer_name like replace(replace(co_name, '_', E'\\_'), '%', E'\\%') || '.%') into shared;
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
