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
    -- With such triggers, such foreign keys or such a key, other events are written, so the function must not be the one that was generated without.
    -- What rows got that were there before a column matters when the column is new, and no more when its default changes;
    -- the table's oid is another one after a restore. What a type is made of may change without the table, so plans that know this would stay.
    fingerprint := md5(jsonb_build_array(full_name, (select jsonb_agg(c - '{fill,number,expanded}'::text[]) from jsonb_array_elements(columns) c),
                                         pgq_connect.key_of(rel, null))::text
                       || case when pgq_connect.nested_writes_reason(rel) is null then '' else ' nested' end
                       || case when pgq_connect.chained_actions_reason(rel) is null then '' else ' chained' end
                       || case when exists (select from pg_constraint
                                             where conrelid = rel and contype in ('p', 'u', 'x') and condeferrable)
                               then ' deferrable' else '' end);
end
$$;

-- Function pgq_connect.fresh_layout_of: as layout_of, and VOLATILE, so that it reads the catalog in a snapshot of its own: that
-- of the statement may be older than the table's last change (COPY takes its snapshot before it waits for the table).
-- Parameters: a table's oid.
-- Returns: text; NULL when it cannot be told in this transaction (see catalog_is_stale).
create or replace function pgq_connect.fresh_layout_of(rel oid) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if pgq_connect.catalog_is_stale(rel) then
        return null;
    end if;
    return (select d.fingerprint from pgq_connect.describe_layout(rel, null) d);
end
$$;

-- Function pgq_connect.layout_of: the fingerprint of a table's name, columns and primary key, and
-- of whether its triggers, or actions of its foreign keys, may change more of its rows or its key is deferrable.
-- It is declared IMMUTABLE, which it is not, on purpose: the planner then computes it once for a cached plan, and the
-- capture triggers pay nothing for it. Their plans also hold the table's oid as a regclass constant, so that
-- any change of the table drops those plans, in every session, and the next one computes it anew.
-- Parameters: a table's oid.
-- Returns: text; NULL when it cannot be told in this transaction (see catalog_is_stale).
create or replace function pgq_connect.layout_of(rel oid) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pgq_connect.fresh_layout_of(rel);
end
$$;
