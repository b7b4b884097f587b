-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Table pgq_connect.written_partition: partitions of captured tables from which changes were captured before they were
-- taken up, so that one that is gone by then is still reported, and one that was away in between is not taken for new.
-- root_oid: the captured table.
-- trigger_oid: the partition's row trigger, which comes with ATTACH and goes with DETACH; NULL where the transaction
-- did not see it.
-- It has no key: writers do not wait for each other, so each of those that are open at the same time leaves a row.
create table if not exists pgq_connect.written_partition (
    queue_name    text not null,
    root_oid      oid  not null,
    partition_oid oid  not null,
    trigger_oid   oid
);

-- CREATE INDEX IF NOT EXISTS would lock the table against writers before it sees that the index exists.
do $$
begin
    if pg_catalog.to_regclass('pgq_connect.written_partition_by_oid') is null then
        create index written_partition_by_oid on pgq_connect.written_partition (partition_oid);
    end if;
end
$$;
