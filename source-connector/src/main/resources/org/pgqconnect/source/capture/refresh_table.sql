-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.refresh_table: makes the trigger function of a captured table fit the table, its partitions and
-- its queue as they are now. Takes no lock on the table. Changes are captured correctly without it, only more slowly;
-- but new partitions have to be taken up this way: they get a TRUNCATE trigger, and rows that they had before are
-- captured, under a lock that keeps writers away from those partitions.
-- Parameters: queue; table.
-- Returns: one row, as captured now.
create or replace function pgq_connect.refresh_table(queue text, tbl regclass) returns setof pgq_connect.captured_table
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    q        pgq.queue%rowtype;
    l        pgq_connect.layout%rowtype;
    c        pgq_connect.captured_table%rowtype;
    its_name text[] := pgq_connect.captured_name(tbl);
    fired    text;
    before   boolean;
    old_name text[];
begin
    perform pgq_connect.lock_capture();
    perform pgq_connect.renew_queue(queue);
    select * into q from pgq.queue its where its.queue_name = queue;
    if not found then
        raise exception 'There is no queue "%"', queue using errcode = 'undefined_object',
            hint = format('Create it: ./pgq-connect provider install --queue %s', pgq_connect.shell_word(queue));
    end if;
    -- By oid; after a restore from a dump by name.
    select * into c from pgq_connect.captured_table known
     where known.queue_name = queue
       and (known.table_oid = tbl or (array[known.table_schema, known.table_name] = its_name
                                      and not exists (select from pg_class where oid = known.table_oid)))
     order by (known.table_oid = tbl) desc limit 1 for update;
    if not found then
        raise exception 'Table % is not captured into queue "%"', tbl, queue
            using hint = format('Add it: ./pgq-connect provider add --queue %s %s',
                                pgq_connect.shell_word(queue), pgq_connect.shell_table(tbl));
    end if;
    c.options := pgq_connect.renewed_options(c.options, tbl);
    if c.options is null then
        select * into strict l
          from pgq_connect.register_layout(queue, tbl, case when c.key_chosen then c.key_columns end);
    else
        l := pgq_connect.register_shaped_layout(
            queue, tbl, pgq_connect.shape(c.options, tbl, case when c.key_chosen then c.key_columns end));
    end if;
    -- The function that the table's triggers call, whatever its name.
    select p.proname into fired
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = tbl and not t.tgisinternal and p.pronamespace = 'pgq_connect'::regnamespace
       and (p.proname = c.function_name or t.tgname like E'00\\_pgq\\_connect\\_' || q.queue_id || E'\\_%')
     order by (p.proname = c.function_name) desc limit 1;
    before := c.table_oid = tbl;
    perform pgq_connect.note_unguarded(c);
    old_name := array[c.table_schema, c.table_name];
    update pgq_connect.captured_table known
       set table_oid = tbl, table_schema = l.table_schema, table_name = l.table_name, layout_id = l.layout_id,
           options = c.options, key_columns = case when known.key_chosen then known.key_columns else l.key_columns end,
           function_name = coalesce(fired, known.function_name),
           -- What was marked of another database means nothing here.
           row_marks = case when known.table_oid = tbl then known.row_marks end
     where known.queue_name = c.queue_name and known.table_oid = c.table_oid
     returning * into c;
    perform pgq_connect.free_name(c);
    if old_name <> array[c.table_schema, c.table_name] then
        perform pgq_connect.request_copy(queue, c.table_schema, c.table_name);
    end if;
    perform pgq_connect.generate_function(c, q, l);
    perform pgq_connect.register_partitions(c, q, l, before);
    perform pgq_connect.mark_new_triggers(c);
    return next c;
end
$$;
