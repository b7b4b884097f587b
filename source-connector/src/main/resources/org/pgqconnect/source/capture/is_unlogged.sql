-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_unlogged: whether a crash of the server empties a table, or one of its partitions, without
-- any event.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.is_unlogged(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_class
                    where (oid = rel or oid in (select relid from pg_partition_tree(rel::regclass)))
                      and relpersistence = 'u' and relkind = 'r')
$$;
