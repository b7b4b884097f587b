-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.copy_chunk: how far a copy that is under way was with each batch that carried a chunk of it. A
-- connector that has to publish again from an earlier tick goes back to what subscribers have at that tick. Not in the
-- offset that Kafka keeps: a key may be one that no topic may hold.
-- last_key, rows_copied: as in table_copy, after the batch that ends with tick_id; complete: the chunk was the last one
-- with rows.
create table if not exists pgq_connect.copy_chunk (
    queue_name  text    not null,
    copy_id     bigint  not null,
    tick_id     bigint  not null,
    last_key    text[],
    rows_copied bigint  not null,
    complete    boolean not null,
    primary key (copy_id, tick_id)
);
