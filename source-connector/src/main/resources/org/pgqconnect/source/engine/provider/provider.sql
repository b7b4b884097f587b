-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.provider: one row. The identity is made at installation and distinguishes this history from that of
-- any other database; schema_version is that of the statements that were installed last.
create table if not exists pgq_connect.provider (
    identity       uuid        not null default pg_catalog.gen_random_uuid(),
    schema_version text        not null,
    engine         text        not null,
    installed_at   timestamptz not null default pg_catalog.now()
);

-- CREATE INDEX IF NOT EXISTS would lock the table against writers before it sees that the index exists.
do $$
begin
    if pg_catalog.to_regclass('pgq_connect.provider_one_row') is null then
        create unique index provider_one_row on pgq_connect.provider ((true));
    end if;
end
$$;
