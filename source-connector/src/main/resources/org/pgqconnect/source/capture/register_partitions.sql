-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.register_partitions: records a captured table's partitions as they are now and guards each.
-- Where the table itself is locked, too, that comes first: writers lock a table before its partitions.
-- Parameters: captured table, queue, layout; known: it was captured before, so that partitions not met yet were
-- attached since.
-- Returns: nothing.
create or replace function pgq_connect.register_partitions(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, known boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    leaf   record;
    before jsonb := (select coalesce(jsonb_object_agg(p.partition_oid, jsonb_build_object(
                                         'away', pgq_connect.was_away(p, c.function_name), 'trigger', p.trigger_oid)), '{}')
                       from pgq_connect.captured_partition p
                      where p.queue_name = c.queue_name and p.root_oid = c.table_oid);
    its    jsonb;
    was_ours boolean;
    guarded  boolean;
begin
    -- Those that are gone stay, to be reported, as long as the table is captured that they were of.
    delete from pgq_connect.captured_partition p
     where p.queue_name = c.queue_name
       and ((p.root_oid = c.table_oid and p.partition_oid in (select relid from pg_partition_tree(c.table_oid)))
            or not exists (select from pgq_connect.captured_table k where k.queue_name = p.queue_name and k.table_oid = p.root_oid));
    for leaf in
        select relid, pgq_connect.row_trigger(relid, c.function_name) as row_trigger
          from pg_partition_tree(c.table_oid) where isleaf and relid <> c.table_oid
    loop
        its := before -> leaf.relid::oid::text;
        if (its ->> 'away')::boolean then
            -- What was changed meanwhile is unknown. The old trigger tells so until its rows are copied again.
            leaf.row_trigger := (its ->> 'trigger')::oid;
        end if;
        insert into pgq_connect.captured_partition
               (queue_name, partition_oid, root_layout, layout_id, root_oid, trigger_oid, layout_trigger)
            values (c.queue_name, leaf.relid, l.layout_id, pgq_connect.partition_layout(c, leaf.relid), c.table_oid, leaf.row_trigger,
                    pgq_connect.row_trigger(leaf.relid, c.function_name));
        if its is not null or not known then
            perform pgq_connect.guard_partition(c, q.queue_id, leaf.relid);
        else
            -- All its rows are captured, so what they were before does not matter.
            update pgq_connect.captured_table k set row_marks = k.row_marks #- array['relations', leaf.relid::oid::text]
             where k.queue_name = c.queue_name and k.table_oid = c.table_oid;
            -- One that has the trigger already was taken up once, and forgotten when it was away. What was changed
            -- meanwhile is unknown, and nothing keeps writers away.
            was_ours := pgq_connect.is_guarded(c, leaf.relid) or pgq_connect.was_written(c, leaf.relid);
            guarded := pgq_connect.guard_partition(c, q.queue_id, leaf.relid);
            perform pgq_connect.take_up_partition(c, q, leaf.relid, guarded and not was_ours);
            if not guarded then
                -- The copy that was requested brings its rows; a TRUNCATE after it shows in the file.
                update pgq_connect.captured_table k
                   set row_marks = jsonb_set(k.row_marks, array['relations', leaf.relid::oid::text],
                                             pgq_connect.row_marks(k) #> array['relations', leaf.relid::oid::text])
                 where k.queue_name = c.queue_name and k.table_oid = c.table_oid
                   and pgq_connect.row_marks(k) #> array['relations', leaf.relid::oid::text] is not null;
            end if;
        end if;
    end loop;
    delete from pgq_connect.written_partition w
     where w.queue_name = c.queue_name
       and ((w.root_oid = c.table_oid and w.partition_oid in (select relid from pg_partition_tree(c.table_oid)))
            or not exists (select from pgq_connect.captured_table k where k.queue_name = w.queue_name and k.table_oid = w.root_oid));
end
$$;
