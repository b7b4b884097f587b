-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.register_layout: the number of a table's present layout, which is recorded if it is new.
-- Parameters: queue; table; chosen: the operator's key columns, or NULL for the primary key.
-- Returns: one row, or none when there is no such table.
create or replace function pgq_connect.register_layout(in queue text, in rel oid, in chosen text[])
    returns setof pgq_connect.layout
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    d record;
    l pgq_connect.layout%rowtype;
begin
    select * into d from pgq_connect.describe_layout(rel, chosen);
    if d.full_name is null then
        return;
    end if;
    select * into l from pgq_connect.layout known
     where known.queue_name = queue and known.table_schema = d.full_name[1] and known.table_name = d.full_name[2]
       and known.columns -> 0 ->> 'number' is not distinct from d.columns -> 0 ->> 'number' -- of the same table, not one made anew
       and known.fingerprint = d.fingerprint and known.key_columns = d.key_columns and known.complete = d.complete
     order by known.layout_id limit 1;
    if not found then
        insert into pgq_connect.layout (queue_name, table_schema, table_name, fingerprint, columns, key_columns, complete)
            values (queue, d.full_name[1], d.full_name[2], d.fingerprint, pgq_connect.with_fills(rel, d.columns), d.key_columns,
                    d.complete)
            returning * into l;
    end if;
    return next l;
end
$$;
