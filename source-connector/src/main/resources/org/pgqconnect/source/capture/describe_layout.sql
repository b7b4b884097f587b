-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.describe_layout: a table's layout as it is now.
-- Parameters: the table; chosen: the operator's key columns, or NULL for the primary key.
-- Returns: name, columns, key, fingerprint, and complete as in pgq_connect.layout; NULLs when there is no such table.
create or replace function pgq_connect.describe_layout(
    in rel oid, in chosen text[],
    out full_name text[], out columns jsonb, out key_columns text[], out fingerprint text, out complete boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    full_name := pgq_connect.captured_name(rel);
    complete := pgq_connect.columns_are_seen(rel);
    if complete then
        columns := pgq_connect.columns_of(rel);
    else
        columns := pgq_connect.live_columns_of(rel);
    end if;
    key_columns := pgq_connect.usable_key(rel, chosen);
    if not to_jsonb(key_columns) <@ jsonb_path_query_array(columns, '$[*].name') then
        key_columns := '{}';
    end if;
    -- With such triggers, such foreign keys or such a key, other events are written, so the function must not be the
    -- one that was generated without.
    -- What rows got that were there before a column matters when the column is new, and no more when its default
    -- changes; the table's oid is another one after a restore. What a type is made of may change without the table, so
    -- plans that know this would stay.
    fingerprint := md5(jsonb_build_array(full_name, (select jsonb_agg(c - '{fill,number,expanded}'::text[]) from jsonb_array_elements(columns) c),
                                         pgq_connect.key_of(rel, null))::text
                       || case when pgq_connect.nested_writes_reason(rel) is null then '' else ' nested' end
                       || case when pgq_connect.chained_actions_reason(rel) is null then '' else ' chained' end
                       || case when exists (select from pg_constraint
                                             where conrelid = rel and contype in ('p', 'u', 'x') and condeferrable)
                               then ' deferrable' else '' end);
end
$$;
