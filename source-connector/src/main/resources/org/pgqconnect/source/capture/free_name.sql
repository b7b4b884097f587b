-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.free_name: has captured tables that had this one's name, and have another one by now, known by
-- that: tables exchange names, and two under one name would share a topic. Each is copied again.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.free_name(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    other oid;
begin
    for other in
        select k.table_oid from pgq_connect.captured_table k
         where k.queue_name = c.queue_name and (k.table_schema, k.table_name) = (c.table_schema, c.table_name)
           and k.table_oid <> c.table_oid and pgq_connect.captured_name(k.table_oid) <> array[c.table_schema, c.table_name]
    loop
        perform pgq_connect.refresh_table(c.queue_name, other);
    end loop;
end
$$;
