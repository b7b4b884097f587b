-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_left_out: notes durably which tables a consumer's connector does not publish, and says
-- which of those that it did not publish are back. Their changes are missing since, so they are copied again, if that
-- is wanted.
-- Runs with the owner's rights, because a connector that did not install cannot request copies.
-- Parameters: queue; consumer; the tables' schemas and names, and of each whether the connector publishes it; copies:
-- whether copies are made.
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
