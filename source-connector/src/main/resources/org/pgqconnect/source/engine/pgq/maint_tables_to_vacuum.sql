-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.maint_tables_to_vacuum: the small busy tables that need a VACUUM when autovacuum is off.
-- pgqd 3.5 runs the first VACUUM of a round and no more, so the busiest table comes first.
-- Returns: set of quoted table names; none when autovacuum is on.
create or replace function pgq.maint_tables_to_vacuum() returns setof text
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select format('%I.%I', n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where current_setting('autovacuum')::boolean is false
       and c.relkind = 'r'
       and (n.nspname, c.relname) in (
               ('pgq', 'subscription'), ('pgq', 'consumer'), ('pgq', 'queue'), ('pgq', 'tick'), ('pgq', 'retry_queue'),
               ('pgq_ext', 'completed_tick'), ('pgq_ext', 'completed_batch'), ('pgq_ext', 'completed_event'),
               ('pgq_ext', 'partial_batch'), ('pgq_node', 'local_state'), ('londiste', 'seq_info'), ('txid', 'epoch'),
               ('londiste', 'completed'))
     order by n.nspname <> 'pgq', c.relname <> 'subscription', n.nspname, c.relname
$$;
