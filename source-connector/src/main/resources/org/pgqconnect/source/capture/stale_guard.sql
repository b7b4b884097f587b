-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.stale_guard: the TRUNCATE trigger that another captured table of the queue left on a partition
-- that it had.
-- Parameters: the queue's id; the partition; the function_name of the captured table that it belongs to.
-- Returns: the trigger's name; NULL when there is none.
create or replace function pgq_connect.stale_guard(queue_id integer, leaf oid, function_name text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select t.tgname
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = leaf and t.tgname = '00_pgq_connect_' || queue_id || '_p'
       and p.pronamespace = 'pgq_connect'::regnamespace and p.proname <> function_name
$$;
