-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.renew_row_marks: takes the marks of tables anew of which no rows were rewritten, so that two
-- changes at different times, which did no harm, are not taken for one. Notes what leaves no trace when its reason
-- goes, or when the catalog is made anew, as note_missed does: tables that missed changes, or may have, and columns
-- that were rewritten, until they are copied again; partitions that are, or were, away, as such whose row trigger has
-- oid 0.
-- Parameters: queue.
-- Returns: how many.
create or replace function pgq_connect.renew_row_marks(queue text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    renewed bigint;
begin
    perform pgq_connect.renew_catalog_marks();
    update pgq_connect.captured_table c
       set trigger_marks = coalesce(c.trigger_marks, pgq_connect.trigger_marks(c)) || ' 0/0/false/unseen'
     where c.queue_name = queue and coalesce(c.trigger_marks, '') not like '%/unseen%' and pgq_connect.unseen_writes_reason(c) is not null;
    update pgq_connect.captured_table c
       set trigger_marks = coalesce(c.trigger_marks, pgq_connect.trigger_marks(c)) || ' 0/0/false/closed'
     where c.queue_name = queue and coalesce(c.trigger_marks, '') not like '%/closed%'
       and exists (select from pgq_connect.closed_write w where w.queue_name = c.queue_name and w.table_oid = c.table_oid);
    delete from pgq_connect.closed_write w
     using pgq_connect.captured_table c
     where c.queue_name = queue and w.queue_name = c.queue_name and w.table_oid = c.table_oid and c.trigger_marks like '%/closed%';
    update pgq_connect.captured_table c
       set trigger_marks = coalesce(c.trigger_marks, pgq_connect.trigger_marks(c)) || ' 0/0/false/emptied'
     where c.queue_name = queue and coalesce(c.trigger_marks, '') not like '%/emptied%' and c.server_run <> pgq_connect.server_run()
       and (c.unlogged or pgq_connect.is_unlogged(c.table_oid));
    update pgq_connect.captured_table c set server_run = pgq_connect.server_run(), unlogged = pgq_connect.is_unlogged(c.table_oid)
     where c.queue_name = queue
       and (c.server_run is distinct from pgq_connect.server_run() or c.unlogged <> pgq_connect.is_unlogged(c.table_oid));
    perform pgq_connect.note_unguarded(c) from pgq_connect.captured_table c where c.queue_name = queue;
    update pgq_connect.captured_table c set trigger_marks = c.trigger_marks || ' 0/0/false/away'
     where c.queue_name = queue and pgq_connect.noted_marks(c) = '{}' and pgq_connect.were_away(c);
    update pgq_connect.captured_partition p set trigger_oid = 0
      from pgq_connect.captured_table c
     where c.queue_name = queue and p.queue_name = c.queue_name and p.root_oid = c.table_oid and p.trigger_oid <> 0
       and (pgq_connect.was_away(p, c.function_name)
            or p.partition_oid not in (select relid from pg_partition_tree(c.table_oid::regclass)));
    update pgq_connect.captured_table c
       set row_marks = c.row_marks || jsonb_build_object('rewritten', pgq_connect.rewritten_names(c))
     where c.queue_name = queue and to_jsonb(pgq_connect.rewritten_names(c)) <> coalesce(c.row_marks -> 'rewritten', '[]');
    update pgq_connect.captured_table c set row_marks = pgq_connect.row_marks(c)
     where c.queue_name = queue and c.row_marks is distinct from pgq_connect.row_marks(c)
       and pgq_connect.rewritten_names(c) is null and pgq_connect.altered_types(c) is null;
    get diagnostics renewed = row_count;
    return renewed;
end
$$;
