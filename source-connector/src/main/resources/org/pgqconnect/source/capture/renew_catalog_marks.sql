-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.renew_catalog_marks: after pg_upgrade, takes anew what captured tables and their partitions were
-- marked with, as the catalog's rows are other ones. What was reported, or can still be seen, stays to be reported:
-- notes of what was missed, triggers that are not there, types, whose oids pg_upgrade keeps, and rows that are in
-- another file than before, where it keeps that.
-- Returns: nothing.
create or replace function pgq_connect.renew_catalog_marks() returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    sign constant text := pgq_connect.catalog_sign();
    c    pgq_connect.captured_table%rowtype;
begin
    for c in
        select k.* from pgq_connect.captured_table k
         where k.home = 'pgq_connect.captured_table'::regclass and exists (select from pg_class where oid = k.table_oid)
           and (split_part(k.trigger_marks, ':', 1) <> sign or k.row_marks ->> 'catalog' <> sign)
           for update
    loop
        update pgq_connect.captured_partition p
           set trigger_oid = case when p.trigger_oid = 0 then 0
                                  when p.trigger_oid is not null
                                      then coalesce(pgq_connect.row_trigger(p.partition_oid, c.function_name), 0) end,
               layout_trigger = case when p.layout_trigger = p.trigger_oid
                                         then pgq_connect.row_trigger(p.partition_oid, c.function_name) end
         where p.queue_name = c.queue_name and p.root_oid = c.table_oid;
        update pgq_connect.captured_table k
           set trigger_marks = case when c.trigger_marks is not null then sign || ':' || array_to_string(
                   coalesce(string_to_array(split_part(pgq_connect.trigger_marks(c), ':', 2), ' '), '{}')
                   || pgq_connect.noted_marks(c)
                   || case when pgq_connect.noted_marks(c) = '{}' and pgq_connect.lost_triggers(c) then '{0/0/false/away}'::text[] end,
                   ' ') end,
               row_marks = pgq_connect.row_marks(c) || jsonb_strip_nulls(jsonb_build_object(
                   'types', c.row_marks -> 'types',
                   'rewritten', coalesce(c.row_marks -> 'rewritten', (
                       select jsonb_agg(distinct quote_ident(a.attname))
                         from jsonb_each(c.row_marks -> 'relations') was (rel, marks)
                         join pg_attribute a on a.attrelid = was.rel::oid and a.attnum > 0 and not a.attisdropped
                        where current_setting('server_version_num')::integer >= 150000
                          and was.marks -> 'file' <> pgq_connect.row_marks(c) -> 'relations' -> was.rel -> 'file'))))
         where k.queue_name = c.queue_name and k.table_oid = c.table_oid;
    end loop;
end
$$;
