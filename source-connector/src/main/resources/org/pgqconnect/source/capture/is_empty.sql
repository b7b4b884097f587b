-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_empty: whether a table, with its partitions but without those that inherit from it, holds no
-- rows.
-- Parameters: the table.
-- Returns: NULL when the role, or an older snapshot, cannot see that, and where a look may take long: writers wait for
-- it.
create or replace function pgq_connect.is_empty(tbl regclass) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_none boolean;
begin
    if not has_table_privilege(tbl, 'select') or row_security_active(tbl)
       or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
       or exists (select from pg_class
                   where (oid = tbl or oid in (select relid from pg_partition_tree(tbl))) and relkind = 'f') then
        return null;
    end if;
    execute format('select not exists (select from %s%s)',
                   case when pgq_connect.kind_of(tbl) <> 'p' then 'only ' end, tbl)
       into found_none;
    return found_none;
end
$$;
