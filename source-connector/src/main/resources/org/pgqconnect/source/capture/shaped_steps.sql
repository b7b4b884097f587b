-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.shaped_steps: capture_steps for a table with options. These come from the trigger function's
-- text, so that no older snapshot shows older ones.
-- Parameters: as there; options.
-- Returns: as there.
create or replace function pgq_connect.shaped_steps(
    queue text, rel oid, op text, form text, chosen text[], old_row boolean, options jsonb,
    look_up boolean default true) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q      pgq.queue%rowtype := pgq_connect.queue_for_capture(queue, rel);
    whole  oid := pgq_connect.shaped_table(options, rel);
    shape  jsonb := pgq_connect.shape(options, whole, chosen);
    l      pgq_connect.layout%rowtype := pgq_connect.register_shaped_layout(queue, whole, shape);
    r      constant text := pgq_connect.row_alias(l);
    number constant text := quote_literal(l.layout_id);
    into_table text := 'insert into ' || pgq_connect.event_table(q, q.queue_cur_table);
    olds   text := 'old_rows';
    news   text := 'new_rows';
begin
    if (shape ->> 'closed')::boolean then
        perform pgq_connect.note_closed(queue, whole);
    end if;
    if op = 'TRUNCATE' then
        return next into_table || pgq_connect.insert_head(q, l, '''t'', null, null', number);
        return query select * from pgq_connect.rows_after_truncate(queue, rel, chosen, options) where look_up;
        return;
    end if;
    if form = 'row' then
        olds := '(select ($1).*)';
        news := '(select ($2).*)';
    end if;
    return next into_table || pgq_connect.insert_head(q, l, 'e.kind, e.data, e.old_data', number)
                || pgq_connect.shaped_events(op, olds, news, form = 'row', shape, l.key_columns, old_row,
                                             coalesce((options ->> 'skip_unchanged')::boolean, false), r);
    if not look_up or l.key_columns = '{}' or not pgq_connect.may_look_up(whole)
        -- Keys that were deleted, or moved away from, may have been inserted again by the same statement (see
        -- reinserted_rows).
        or not (pgq_connect.nested_writes_reason(rel) is not null
                or (form = 'statement' and pgq_connect.chained_actions_reason(rel, l.key_columns, true) is not null)
                or (pgq_connect.key_index(whole, l.key_columns) is not null
                    and (op = 'DELETE' or (op = 'UPDATE' and form = 'statement')
                         or (form = 'row' and pgq_connect.look_up_reason(whole, l.key_columns) is not null)))) then
        return;
    end if;
    if op <> 'INSERT' then
        return next into_table || pgq_connect.correcting_events(
            whole, q, l, case when form = 'statement' and op = 'UPDATE' then pgq_connect.left_keys(r, l.key_columns) else olds end, r,
            true, number, shape);
    end if;
    if op <> 'DELETE' then
        return next into_table || pgq_connect.correcting_events(whole, q, l, news, r, false, number, shape);
    end if;
end
$$;
