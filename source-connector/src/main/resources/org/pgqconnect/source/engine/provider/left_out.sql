-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.left_out: captured tables whose changes a consumer does not publish, because its connector leaves
-- them out.
-- They are noted before anything is published without them, and copied again before they count as complete when they
-- are back.
create table if not exists pgq_connect.left_out (
    queue_name   text        not null,
    consumer     text        not null,
    table_schema text        not null,
    table_name   text        not null,
    noted_at     timestamptz not null default pg_catalog.now(),
    primary key (queue_name, consumer, table_schema, table_name)
);
