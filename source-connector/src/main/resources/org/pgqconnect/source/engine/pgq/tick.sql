-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.tick: a point of a queue's history. The events of a batch are those that
-- the snapshot of one tick sees and the snapshot of the tick before does not.
create table if not exists pgq.tick (
    tick_queue     integer     not null,
    tick_id        bigint      not null,
    tick_time      timestamptz not null default pg_catalog.now(),
    tick_snapshot  txid_snapshot not null default pg_catalog.txid_current_snapshot(),
    tick_event_seq bigint      not null,
    constraint tick_pkey primary key (tick_queue, tick_id),
    constraint tick_queue_fkey foreign key (tick_queue) references pgq.queue (queue_id)
);
