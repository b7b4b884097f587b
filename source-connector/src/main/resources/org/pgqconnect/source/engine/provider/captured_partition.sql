-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.captured_partition: the layouts of the partitions of captured tables, so that the trigger needs no
-- catalog query. root_layout: the root's layout that this was found for; with another one the row means nothing.
-- root_oid: the table that it is a partition of, or was: one that moves to another captured table is still to be
-- reported by the first. trigger_oid: its row trigger, which comes with ATTACH and goes with DETACH: another one shows
-- that it was away, and so does 0, once that was reported.
-- layout_trigger: its row trigger when layout_id was found. A partition's columns are altered with those of the whole
-- table only, unless it is away; so with another trigger, layout_id means nothing.
create table if not exists pgq_connect.captured_partition (
    queue_name     text    not null,
    partition_oid  oid     not null,
    root_oid       oid     not null,
    root_layout    integer not null references pgq_connect.layout (layout_id),
    layout_id      integer not null references pgq_connect.layout (layout_id),
    trigger_oid    oid,
    layout_trigger oid,
    primary key (partition_oid, queue_name, root_oid)
);
