-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.register_shaped_layout: the number of the layout of a shaped table's events.
-- Parameters: queue; the captured table; its shape.
-- Returns: one row.
create or replace function pgq_connect.register_shaped_layout(queue text, rel oid, shape jsonb) returns pgq_connect.layout
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    full_name text[] := pgq_connect.captured_name(rel);
    key_names text[] := array(select jsonb_array_elements_text(shape -> 'key_columns'));
    l         pgq_connect.layout%rowtype;
begin
    select * into l from pgq_connect.layout known
     where known.queue_name = queue and known.table_schema = full_name[1] and known.table_name = full_name[2]
       and known.columns -> 0 ->> 'number' is not distinct from shape -> 'columns' -> 0 ->> 'number'
       and known.fingerprint = shape ->> 'fingerprint' and known.key_columns = key_names
       and known.complete = (shape ->> 'complete')::boolean
     order by known.layout_id limit 1;
    if not found then
        insert into pgq_connect.layout (queue_name, table_schema, table_name, fingerprint, columns, key_columns, complete)
            values (queue, full_name[1], full_name[2], shape ->> 'fingerprint', pgq_connect.with_fills(rel, shape -> 'columns'),
                    key_names, (shape ->> 'complete')::boolean)
            returning * into l;
    end if;
    return l;
end
$$;
