-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.copy_source: how the copy of a captured table reads its rows, so that they are what its triggers
-- would write.
-- Parameters: queue; the table's schema and name.
-- Returns: none when the queue does not capture the table that has the name now; one row else: key_columns; image: SQL
-- text over alias t, NULL for a table without options; passes: a condition over alias t, NULL for all rows; columns: as
-- in pgq_connect.layout; inherits: only its own rows are captured, although other tables inherit from it; closed: why the
-- row condition cannot be evaluated, so that no row passes, else NULL. Where
-- partitions are captured separately, under the name of the whole table, it is read for their rows. Runs with the
-- owner's rights, for connectors that did not install.
create or replace function pgq_connect.copy_source(
    in queue text, in schema_of text, in name_of text,
    out key_columns text[], out image text, out passes text, out columns jsonb, out inherits boolean, out closed text)
    returns setof record
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select case when s.shape is null then c.key_columns
                else array(select jsonb_array_elements_text(s.shape -> 'key_columns')) end,
           pgq_connect.shape_image(s.shape, 't'),
           case when p.parts is null then pgq_connect.shape_passes(s.shape, 't')
                else concat_ws(' and ', format('t.tableoid = any (%L::oid[])', p.parts), pgq_connect.shape_passes(s.shape, 't')) end,
           pgq_connect.with_fills(c.table_oid, s.shape -> 'columns'),
           exists (select from pg_class where oid = c.table_oid and relkind <> 'p' and not relispartition),
           case when (s.shape ->> 'closed')::boolean then s.shape ->> 'problems' end
      from pgq_connect.captured_table c
     cross join lateral (
           select array_agg(leaf.relid::oid order by leaf.relid) as parts
             from pgq_connect.captured_table k
            cross join lateral pg_partition_tree(k.table_oid) leaf
            where k.queue_name = queue and k.table_schema = schema_of and k.table_name = name_of
              and pgq_connect.captured_name(k.table_oid) = array[schema_of, name_of]
              and exists (select from pg_class where oid = c.table_oid and relispartition)) p
     cross join lateral (select pgq_connect.shape_of_captured(c, true) as shape) s
     where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
       -- The name may mean another table for a while, and after a restore from a dump table_oid may be the oid of any.
       and c.home = 'pgq_connect.captured_table'::regclass
       and to_regclass(format('%I.%I', schema_of, name_of))::oid in (c.table_oid, pg_partition_root(c.table_oid::regclass)::oid)
     order by (c.table_oid = to_regclass(format('%I.%I', schema_of, name_of))) desc limit 1
$$;
