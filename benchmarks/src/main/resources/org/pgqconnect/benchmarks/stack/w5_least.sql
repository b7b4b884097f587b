-- Captures INSERT and UPDATE of table %1$s with the least that a trigger without C can do on PgQ's tables and be safe:
-- rights of its owner under a pinned search_path, and one INSERT that asks the queue's row which table is the current
-- one.
create function capture_%1$s() returns trigger language plpgsql security definer set search_path to pg_catalog, pg_temp as $$
begin
    if TG_OP = 'UPDATE' then
        insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra1, ev_extra3)
        select now(), 'u', NEW::text, 'public.%1$s', '1'
          from pgq.queue q
         where q.queue_id = 1 and q.queue_cur_table = 0 and not q.queue_disable_insert;
    else
        insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra1, ev_extra3)
        select now(), 'c', NEW::text, 'public.%1$s', '1'
          from pgq.queue q
         where q.queue_id = 1 and q.queue_cur_table = 0 and not q.queue_disable_insert;
    end if;
    return null;
end
$$;
create trigger capture after insert or update on %1$s for each row execute function capture_%1$s()
