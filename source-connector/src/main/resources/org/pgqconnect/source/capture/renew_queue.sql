-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.renew_queue: what is known of tables is void when their queue was dropped and made anew under
-- its name: the events of the old one are lost. Those that are captured still, because their triggers write into the
-- queue of that name, are copied again.
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
