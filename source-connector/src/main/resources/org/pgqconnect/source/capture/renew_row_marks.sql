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
    run constant text := pgq_connect.server_run();
begin
    perform pgq_connect.renew_catalog_marks();
    update pgq_connect.captured_table c set trigger_marks = pgq_connect.with_note(c, 'unseen')
     where c.queue_name = queue and coalesce(c.trigger_marks, '') not like '%/unseen%' and pgq_connect.unseen_writes_reason(c) is not null;
    update pgq_connect.captured_table c set trigger_marks = pgq_connect.with_note(c, 'closed')
     where c.queue_name = queue and coalesce(c.trigger_marks, '') not like '%/closed%'
       and exists (select from pgq_connect.closed_write w where w.queue_name = c.queue_name and w.table_oid = c.table_oid);
    delete from pgq_connect.closed_write w
     using pgq_connect.captured_table c
     where c.queue_name = queue and w.queue_name = c.queue_name and w.table_oid = c.table_oid and c.trigger_marks like '%/closed%';
    update pgq_connect.captured_table c
       set trigger_marks = case when c.server_run <> run and (c.unlogged or now.unlogged) then pgq_connect.with_note(c, 'emptied')
                                else c.trigger_marks end,
           server_run = run, unlogged = now.unlogged
      from (select k.table_oid, pgq_connect.is_unlogged(k.table_oid) as unlogged
              from pgq_connect.captured_table k where k.queue_name = queue) now
     where c.queue_name = queue and c.table_oid = now.table_oid
       and (c.server_run is distinct from run or c.unlogged <> now.unlogged);
    perform pgq_connect.note_unguarded(c)
       from pgq_connect.captured_table c join pg_class r on r.oid = c.table_oid and r.relkind = 'p'
      where c.queue_name = queue;
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
