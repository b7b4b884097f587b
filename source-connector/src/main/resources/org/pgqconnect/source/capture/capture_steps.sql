-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.capture_steps: the statements that capture a change when the trigger function was generated for
-- something else: the table was altered or renamed, restored from a dump, or the queue was made anew.
-- A new layout is recorded, so that the application's statement never fails for such a reason.
-- Parameters: queue; the trigger's TG_RELID and TG_OP; form; the operator's key columns or NULL; whether events of
-- updates hold the old row; look_up: whether rows that the table's triggers change again have to be looked up, which
-- tables with a late trigger do not need.
-- Returns: statements, to be executed in this order inside the trigger function; in form 'row' with OLD and NEW as $1
-- and $2, which are rows of the table's own type: a text would have to be read, and that runs the checks of domains
-- with the function's rights.
create or replace function pgq_connect.capture_steps(
    queue text, rel oid, op text, form text, chosen text[], old_row boolean,
    look_up boolean default true) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q      pgq.queue%rowtype := pgq_connect.queue_for_capture(queue, rel);
    l      pgq_connect.layout%rowtype;
    head   text;
    fields text;
    olds   text;
    news   text;
    key    text;
    r      text;
    -- A partition may be captured separately: rows that moved to another one are not there any more.
    root   oid := coalesce((select k.table_oid
                              from pg_partition_ancestors(rel::regclass) with ordinality a (oid, nr)
                              join pgq_connect.captured_table k on k.queue_name = queue and k.table_oid = a.oid
                             order by a.nr desc limit 1),
                           pg_partition_root(rel::regclass), rel);
    whole  pgq_connect.layout%rowtype;
    look   boolean;
    into_table text;
begin
    select * into l from pgq_connect.register_layout(queue, rel, chosen);
    r := pgq_connect.row_alias(l);
    head := format('insert into %s (ev_id, ev_time, ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3)'
                   ' select nextval(%L::regclass), now(), e.kind, e.data, %L, e.old_data, %L',
                   pgq_connect.event_table(q, q.queue_cur_table), q.queue_event_seq,
                   l.table_schema || '.' || l.table_name, l.layout_id);
    if op = 'TRUNCATE' then
        return next head || ' from (values (''t'', null::text, null::text)) e (kind, data, old_data)';
        return query select * from pgq_connect.rows_after_truncate(queue, rel, chosen, null) where look_up;
        return;
    end if;
    if form = 'statement' then
        olds := 'old_rows';
        news := 'new_rows';
    else
        olds := '(select ($1).*)';
        news := '(select ($2).*)';
    end if;
    -- Keys that were deleted, or moved away from, may have been inserted again by the same statement (see
    -- reinserted_rows).
    look := look_up and (pgq_connect.nested_writes_reason(rel) is not null
             or (form = 'statement' and pgq_connect.chained_actions_reason(rel, l.key_columns) is not null)
             or (pgq_connect.key_index(root, l.key_columns) is not null
                 and (op = 'DELETE' or (op = 'UPDATE' and form = 'statement')
                      or (form = 'row' and pgq_connect.look_up_reason(root, l.key_columns) is not null))))
            and pgq_connect.may_look_up(root);
    if look then
        select * into whole from pgq_connect.register_layout(queue, root, chosen);
        look := whole.key_columns <> '{}' and whole.key_columns <@ l.key_columns;
        into_table := 'insert into ' || pgq_connect.event_table(q, q.queue_cur_table);
    end if;
    fields := ' from (select ''%s'' as kind, %s as data, null::text as old_data';
    if op = 'INSERT' or (op = 'UPDATE' and l.key_columns = '{}') or op = 'DELETE' then
        if op <> 'INSERT' then
            return next head || format(fields, 'd', pgq_connect.text_of(case form when 'row' then '$1' else r end))
                             || case form when 'row' then '' else ' from old_rows ' || r end || ') e';
        end if;
        if op <> 'DELETE' then
            return next head || format(fields, 'c', pgq_connect.text_of(case form when 'row' then '$2' else r end))
                             || case form when 'row' then '' else ' from new_rows ' || r end || ') e';
        end if;
        if look and op <> 'UPDATE' then
            return next into_table || pgq_connect.correcting_events(
                root, q, whole, case op when 'INSERT' then news else olds end, r, op = 'DELETE', quote_literal(l.layout_id));
        end if;
        return;
    end if;
    select string_agg(format('%s.%I', r, name), ', ' order by nr) into key
      from unnest(l.key_columns) with ordinality k (name, nr);
    return next head || pgq_connect.update_source(olds, news, key, old_row, r);
    if look then
        return next into_table || pgq_connect.correcting_events(
            root, q, whole, case form when 'statement' then pgq_connect.left_keys(r, l.key_columns) else olds end, r, true,
            quote_literal(l.layout_id));
        return next into_table || pgq_connect.correcting_events(root, q, whole, news, r, false, quote_literal(l.layout_id));
    end if;
end
$$;
