-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_subscribed: whether a subscription of logical replication writes to a table or one of its
-- partitions. Its workers fire no trigger that is not ENABLE ALWAYS, and none of a statement but those of TRUNCATE.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.is_subscribed(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_subscription_rel
                    where srrelid = rel or srrelid in (select relid from pg_partition_tree(rel::regclass))
                       or srrelid in (select relid from pg_partition_ancestors(rel::regclass)))
$$;
