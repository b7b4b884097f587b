-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_captured: whether every trigger that captures a table is there, calls its function and fires,
-- and did so all the time.
-- Parameters: the captured table.
-- Returns: boolean.
create or replace function pgq_connect.is_captured(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select not pgq_connect.were_away(c)
       and pgq_connect.always_statements(c) is null
       and not (c.form = 'statement' and pgq_connect.is_subscribed(c.table_oid))
       and pgq_connect.unseen_writes_reason(c) is null
       and not exists (
               select from pgq_connect.wanted_triggers(0, c.table_oid, c.form, c.function_name,
                                                        pgq_connect.has_deferrable_key(c.table_oid, c.key_columns)) w
                where not exists (
                          select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                           where t.tgrelid = c.table_oid and t.tgenabled in ('O', 'A')
                             and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name
                             and regexp_replace(t.tgname, E'^(00|zz)_pgq_connect_\\d+_', E'\\1_pgq_connect_0_') = w.name))
       and not exists (
               select from pg_partition_tree(c.table_oid) leaf
                 join pg_trigger t on t.tgrelid = leaf.relid and t.tgenabled in ('D', 'R')
                 join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name)
$$;
