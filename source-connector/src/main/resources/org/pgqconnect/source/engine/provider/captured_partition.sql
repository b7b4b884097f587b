-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.captured_partition: the layouts of the partitions of captured tables, so that the trigger needs no
-- catalog query. root_layout: the root's layout that this was found for; with another one the row means nothing.
create table if not exists pgq_connect.captured_partition (
    queue_name    text    not null,
    partition_oid oid     not null,
    root_layout   integer not null references pgq_connect.layout (layout_id),
    layout_id     integer not null references pgq_connect.layout (layout_id),
    primary key (partition_oid, queue_name)
);

-- root_oid: the table that it is a partition of. emptied: it was truncated, so that nothing is missed when it goes.
-- trigger_oid: its row trigger, which comes with ATTACH and goes with DETACH: another one tells that it was away.
alter table pgq_connect.captured_partition add column if not exists root_oid oid;
alter table pgq_connect.captured_partition add column if not exists emptied boolean not null default false;
alter table pgq_connect.captured_partition add column if not exists trigger_oid oid;

-- layout_trigger: its row trigger when layout_id was found. A partition's columns are altered with those of the whole table only, unless
-- it is away; so with another trigger, layout_id means nothing.
alter table pgq_connect.captured_partition add column if not exists layout_trigger oid;
