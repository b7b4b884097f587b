-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.partition_rows: how to read a partition's rows as events hold them.
-- Parameters: queue; partition; chosen: the operator's key columns or NULL; options or NULL.
-- Returns: l: the layout; image: SQL for a row's data; rows: FROM and WHERE clauses.
create or replace function pgq_connect.partition_rows(
    q pgq.queue, rel oid, chosen text[], options jsonb, out l pgq_connect.layout, out image text, out rows text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    whole oid   := pgq_connect.shaped_table(options, rel);
    shape jsonb := pgq_connect.shape(options, whole, chosen);
    r     text;
begin
    if options is null then
        select * into strict l from pgq_connect.register_layout(q.queue_name, rel, chosen);
        r := pgq_connect.row_alias(l);
        shape := jsonb_build_object('image', pgq_connect.text_of(replace(r, '%', '%%')), 'passes', 'true');
    else
        l := pgq_connect.register_shaped_layout(q.queue_name, whole, shape);
        r := pgq_connect.row_alias(l);
        if (shape ->> 'closed')::boolean then
            perform pgq_connect.note_closed(q.queue_name, whole);
        end if;
    end if;
    image := pgq_connect.shape_image(shape, r);
    rows := format(' from only %s %s where %s', rel::regclass, r, pgq_connect.shape_passes(shape, r));
end
$$;
