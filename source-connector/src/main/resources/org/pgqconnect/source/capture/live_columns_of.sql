-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.live_columns_of: as columns_of, for a transaction whose snapshot is older than the table's last
-- change (REPEATABLE READ): read from the row type as the server uses it, not through the snapshot.
-- What cannot be learned that way (type modifiers, not null, generated) is left open.
-- Parameters: a table's oid.
-- Returns: jsonb.
create or replace function pgq_connect.live_columns_of(rel oid) returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    empty_row json;
    name      text;
    type_oid  oid;
    found_columns jsonb := '[]';
begin
    execute format('select row_to_json(r.*) from (select (null::%s).*) r', rel::regclass) into empty_row;
    for name in select json_object_keys(empty_row) loop
        execute format('select pg_typeof((null::%s).%I)::oid', rel::regclass, name) into type_oid;
        found_columns := found_columns || jsonb_build_object(
            'name', name, 'type', format_type(type_oid, null),
            'base', pgq_connect.base_name(type_oid),
            'not_null', false, 'generated', false);
    end loop;
    return found_columns;
end
$$;
