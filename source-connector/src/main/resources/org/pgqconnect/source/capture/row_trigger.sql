-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.row_trigger: the trigger that captures a partition's rows.
-- Parameters: the partition; the captured table's function_name.
-- Returns: oid; NULL when there is none.
create or replace function pgq_connect.row_trigger(leaf oid, function_name text) returns oid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select t.oid
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = leaf and t.tgtype & 3 = 1 and not t.tgdeferrable and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = function_name
$$;
