-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.event_template: the parent of every event table; holds no rows itself.
create table if not exists pgq.event_template (
    ev_id     bigint      not null,
    ev_time   timestamptz not null,
    ev_txid   bigint      not null default pg_catalog.txid_current(),
    ev_owner  integer,
    ev_retry  integer,
    ev_type   text,
    ev_data   text,
    ev_extra1 text,
    ev_extra2 text,
    ev_extra3 text,
    ev_extra4 text
);
