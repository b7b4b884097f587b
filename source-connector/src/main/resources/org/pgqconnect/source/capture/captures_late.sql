-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.captures_late: whether a captured table has the trigger that captures rows late.
-- Parameters: captured table.
-- Returns: boolean.
create or replace function pgq_connect.captures_late(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                    where t.tgrelid = c.table_oid and t.tgdeferrable
                      and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name)
$$;
