-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.queue: one row per queue, its configuration and the state of its table rotation.
create table if not exists pgq.queue (
    queue_id                 serial      not null,
    queue_name               text        not null,
    queue_ntables            integer     not null default 3,
    queue_cur_table          integer     not null default 0,
    queue_rotation_period    interval    not null default '2 hours',
    queue_switch_step1       bigint      not null default pg_catalog.txid_current(),
    queue_switch_step2       bigint               default pg_catalog.txid_current(),
    queue_switch_time        timestamptz not null default pg_catalog.now(),
    queue_external_ticker    boolean     not null default false,
    queue_disable_insert     boolean     not null default false,
    queue_ticker_paused      boolean     not null default false,
    queue_ticker_max_count   integer     not null default 500,
    queue_ticker_max_lag     interval    not null default '3 seconds',
    queue_ticker_idle_period interval    not null default '1 minute',
    queue_per_tx_limit       integer,
    queue_data_pfx           text        not null,
    queue_event_seq          text        not null,
    queue_tick_seq           text        not null,
    queue_extra_maint        text[],
    constraint queue_pkey primary key (queue_id),
    constraint queue_name_uq unique (queue_name)
);
