-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.layout: a layout is the ordered live columns of a table as captured; events name theirs in
-- ev_extra3.
-- columns: [{"name", "type" (format_type), "base" (base type's name under domains), "expanded" (as
-- expanded_type returned it when the layout was made), "not_null", "generated",
-- "attnum", "collation" (one that takes different texts for equal), "fill" (what earlier rows got)}].
-- key_columns: empty when the table had no key then. Rows are never changed or removed.
-- complete: false when it was made in a transaction that does not see the catalog as it is: names and types are right,
-- but type modifiers, not_null and generated are not known, so it is not sent to subscribers.
-- The fingerprint is not unique on purpose: two sessions that meet a new layout at once each write a row
-- instead of one waiting for the other.
create table if not exists pgq_connect.layout (
    layout_id    integer generated always as identity primary key,
    queue_name   text        not null,
    table_schema text        not null,
    table_name   text        not null,
    fingerprint  text        not null,
    columns      jsonb       not null,
    key_columns  text[]      not null,
    complete     boolean     not null default true,
    created      timestamptz not null default pg_catalog.now()
);

-- CREATE INDEX IF NOT EXISTS would lock the table against writers before it sees that the index exists.
do $$
begin
    if pg_catalog.to_regclass('pgq_connect.layout_fingerprint_idx') is null then
        create index layout_fingerprint_idx on pgq_connect.layout (queue_name, table_schema, table_name, fingerprint);
    end if;
end
$$;
