-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.queue_identity: which creation of a queue this is, so that a queue that was dropped and made anew
-- is another one.
-- event_table: oid of the queue's event table; home: oid of this table itself. If only the former is another, the queue
-- was made anew; if both are, the database was restored from a dump and the queue is the one that was dumped.
-- attempt: that of the last session that read the queue; publisher: the consumer that publishes its tables.
create table if not exists pgq_connect.queue_identity (
    queue_id    integer primary key,
    queue_name  text    not null,
    identity    uuid    not null default pg_catalog.gen_random_uuid(),
    event_table oid     not null,
    home        oid     not null,
    attempt     bigint  not null default 0,
    publisher   text
);
