-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq.subscription: where each consumer of each queue is, and its open batch if any.
create sequence if not exists pgq.batch_id_seq;

create table if not exists pgq.subscription (
    sub_id        serial      not null,
    sub_queue     integer     not null,
    sub_consumer  integer     not null,
    sub_last_tick bigint,
    sub_active    timestamptz not null default pg_catalog.now(),
    sub_batch     bigint,
    sub_next_tick bigint,
    constraint subscription_pkey primary key (sub_queue, sub_consumer),
    constraint subscription_batch_idx unique (sub_batch),
    constraint sub_queue_fkey foreign key (sub_queue) references pgq.queue (queue_id),
    constraint sub_consumer_fkey foreign key (sub_consumer) references pgq.consumer (co_id)
);
