-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_guarded: whether a partition has its TRUNCATE trigger.
-- Parameters: the captured table; the partition.
-- Returns: boolean.
create or replace function pgq_connect.is_guarded(c pgq_connect.captured_table, leaf oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                    where t.tgrelid = leaf and t.tgtype & 34 = 34 and t.tgenabled in ('O', 'A')
                      and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name)
$$;
