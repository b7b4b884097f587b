-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.note_missed: notes durably that a captured table's changes were not published, because of the
-- layout that they were captured with: it had no key then, or another name, which the connector does not publish. Or
-- they were published under that other name, though it is none that the table is, or was, known by: subscribers may
-- have no such table. The table is the one that the layout's columns are numbered by (the whole, where a partition is
-- captured separately), or, where the layout is older than the table, each that looks like it. The mark is one of a
-- trigger that does not exist, so that the table counts as one whose triggers were away until it is copied again.
-- Parameters: queue; the layout's number; is_published: as said.
-- Returns: the tables that are marked and were not yet.
create or replace function pgq_connect.note_missed(queue text, its_layout integer, is_published boolean) returns setof text
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    with met as (
        select l.*, ((l.columns -> 0 ->> 'number')::bigint / 65536)::oid as origin,
               (select jsonb_agg(e -> 'name') from jsonb_array_elements(l.columns) e) as names
          from pgq_connect.layout l where l.queue_name = queue and l.layout_id = its_layout),
    captured as (
        select k.*, coalesce(pg_partition_root(k.table_oid::regclass)::oid, k.table_oid) as whole_oid
          from pgq_connect.captured_table k where k.queue_name = queue),
    missed as (
        select c.table_oid, '0/0/false/' || case when (c.table_schema, c.table_name) = (met.table_schema, met.table_name)
                                                 then 'keyless' else 'renamed' end as mark
          from met
         cross join captured c
          join pgq_connect.layout now on now.layout_id = c.layout_id
         where case when (c.table_schema, c.table_name) = (met.table_schema, met.table_name) then met.key_columns = '{}'
                    when is_published then c.whole_oid = met.origin
                         and not exists (select from pgq_connect.table_copy t
                                          where t.queue_name = queue and t.table_schema = met.table_schema and t.table_name = met.table_name)
                    else c.whole_oid = met.origin
                         or (now.key_columns = met.key_columns
                             and (select jsonb_agg(e -> 'name') from jsonb_array_elements(now.columns) e) = met.names
                             and not exists (select from captured k
                                              where k.whole_oid = met.origin
                                                 or (k.table_schema, k.table_name) = (met.table_schema, met.table_name))
                             and not exists (select from pgq_connect.table_copy t
                                              where t.queue_name = queue and t.table_schema = met.table_schema
                                                and t.table_name = met.table_name)) end
           -- A copy that is asked for and has not begun brings everything.
           and not exists (select from pgq_connect.table_copy t
                            where t.queue_name = queue and t.table_schema = c.table_schema and t.table_name = c.table_name
                              and t.state = 'requested'))
    update pgq_connect.captured_table k
       set trigger_marks = coalesce(k.trigger_marks, pgq_connect.trigger_marks(k)) || ' ' || missed.mark
      from missed
     where k.queue_name = queue and k.table_oid = missed.table_oid and position(missed.mark in coalesce(k.trigger_marks, '')) = 0
    returning k.table_schema || '.' || k.table_name
$$;
