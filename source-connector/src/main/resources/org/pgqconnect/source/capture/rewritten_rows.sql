-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- ALTER TABLE may compute a column of all rows anew, or fill a new one, and no trigger fires. The catalog does not hold the
-- expression, but it shows that the rows were written into another file, and whose definition was changed. Another file alone is
-- what VACUUM FULL, CLUSTER and TRUNCATE leave, and another definition alone leaves the rows as they are; so both must have
-- changed since they were last checked. Likewise ALTER TYPE: an attribute of a composite type that is dropped or added, or an
-- enum's value that is renamed, gives the same rows another text, in which subscribers read other values.

-- Function pgq_connect.type_marks: what the text of a table's columns depends on that ALTER TYPE may change: the attributes of composite
-- types and the labels of enums, through arrays, domains, ranges and composite types.
-- Parameters: a table's oid.
-- Returns: {attnum: {type's oid: {attributes: {attnum: [type, modifier]}} or {labels: {oid: label}}}}.
create or replace function pgq_connect.type_marks(rel oid) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    -- Types of the server itself are made of its own only.
    with recursive used (attnum, type_oid) as (
        select attnum, atttypid from pg_attribute where attrelid = rel and attnum > 0 and not attisdropped and atttypid >= 16384
        union
        select u.attnum, part.type_oid
          from used u
          join pg_type t on t.oid = u.type_oid
         cross join lateral (
               select t.typbasetype as type_oid where t.typtype = 'd'
               union all
               select t.typelem where t.typelem <> 0 and t.typlen = -1
               union all
               select atttypid from pg_attribute
                where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
               union all
               select r.rngsubtype from pg_range r
                where r.rngtypid = t.oid or (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid) part
         where part.type_oid >= 16384)
    select coalesce(jsonb_object_agg(attnum, marks), '{}')
      from (select u.attnum, jsonb_object_agg(t.oid, case t.typtype
                       when 'c' then jsonb_build_object('attributes', (
                           select coalesce(jsonb_object_agg(a.attnum, jsonb_build_array(a.atttypid::bigint, a.atttypmod)), '{}')
                             from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
                       else jsonb_build_object('labels', (
                           select coalesce(jsonb_object_agg(e.oid, e.enumlabel), '{}') from pg_enum e where e.enumtypid = t.oid)) end) as marks
              from used u join pg_type t on t.oid = u.type_oid and t.typtype in ('c', 'e')
             group by u.attnum) columns
$$;

-- Function pgq_connect.row_marks: where a captured table's rows are, or those of its partitions, and how old the definition of each
-- column is. All is read in one snapshot.
-- Parameters: captured table.
-- Returns: {catalog: its sign, relations: {oid: {file, columns: {attnum: xmin}}}, types: as type_marks}. renew_row_marks adds rewritten:
-- columns that were reported, to be so until the table is copied again.
create or replace function pgq_connect.row_marks(c pgq_connect.captured_table) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select jsonb_build_object(
               'catalog', pgq_connect.catalog_sign(),
               'types', pgq_connect.type_marks(c.table_oid),
               'relations', coalesce(jsonb_object_agg(r.oid, jsonb_build_object('file', r.relfilenode::bigint, 'columns', a.columns)), '{}'))
      from pg_class r
     cross join lateral (select jsonb_object_agg(attnum, xmin::text) as columns
                           from pg_attribute where attrelid = r.oid and attnum > 0 and not attisdropped) a
     where r.relkind = 'r'
       and r.oid = any (array(select c.table_oid union select relid from pg_partition_tree(c.table_oid::regclass)))
$$;

-- Function pgq_connect.altered_types: the types whose values in earlier rows have another text since the marks were taken. A value that
-- is added to an enum leaves the others as they are.
-- Parameters: captured table.
-- Returns: text; NULL when there are none.
create or replace function pgq_connect.altered_types(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(distinct format('%s (column %I)', format_type(t.oid, null), a.attname), ', '
                      order by format('%s (column %I)', format_type(t.oid, null), a.attname))
      from jsonb_each(c.row_marks -> 'types') col (num, types)
     cross join jsonb_each(col.types) was (type_oid, marks)
     cross join lateral (select m -> 'types' as marks, m -> 'catalog' as catalog from pgq_connect.row_marks(c) m offset 0) now
      join pg_attribute a on a.attrelid = c.table_oid and a.attnum = col.num::smallint and not a.attisdropped
      join pg_type t on t.oid = was.type_oid::oid
     where c.row_marks -> 'catalog' = now.catalog
       and case when was.marks ? 'attributes' then was.marks <> (now.marks -> col.num -> was.type_oid)
                else not (now.marks -> col.num -> was.type_oid) @> was.marks end
$$;

-- Function pgq_connect.rewritten_names: the columns whose values in earlier rows ALTER TABLE may have changed since the marks
-- were taken.
-- Parameters: captured table.
-- Returns: quoted names; NULL when there are none.
create or replace function pgq_connect.rewritten_names(c pgq_connect.captured_table) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array_agg(distinct x.name order by x.name)
      from (select quote_ident(a.attname) as name
              from pgq_connect.row_marks(c) now
             cross join jsonb_each(now -> 'relations') r (rel, seen)
             cross join lateral (select c.row_marks -> 'relations' -> r.rel as marks) before
             cross join jsonb_each_text(r.seen -> 'columns') col (num, changed)
              join pg_attribute a on a.attrelid = r.rel::oid and a.attnum = col.num::smallint
             where c.row_marks -> 'catalog' = now -> 'catalog'
               and before.marks -> 'file' <> r.seen -> 'file'
               and before.marks -> 'columns' ->> col.num is distinct from col.changed
            union all
            select jsonb_array_elements_text(c.row_marks -> 'rewritten')) x
$$;

-- Function pgq_connect.rewritten_columns: the same as one text.
-- Parameters: captured table.
-- Returns: text; NULL when there are none.
create or replace function pgq_connect.rewritten_columns(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array_to_string(pgq_connect.rewritten_names(c), ', ')
$$;

-- Function pgq_connect.lost_triggers: whether a table lacks triggers, or has them in another state, that were marked in a catalog that
-- was made anew. Those that come with ATTACH and go with DETACH do not count: captured_partition knows of them.
-- Parameters: the captured table, with marks of the earlier catalog.
-- Returns: boolean.
create or replace function pgq_connect.lost_triggers(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with marks as (
        select v.is_now, string_to_array(u.mark, '/') as parts
          from (values (false, c.trigger_marks), (true, pgq_connect.trigger_marks(c))) v (is_now, marks)
         cross join unnest(string_to_array(split_part(v.marks, ':', 2), ' ')) as u (mark))
    select exists (select from marks
                    where parts[1] <> '0' and parts[3] <> 'true'
                      and (parts[2] = '0' or parts[2]::oid in (select relid from pg_partition_tree(c.table_oid::regclass)))
                    group by parts[2], parts[4]
                   having count(*) filter (where is_now) < count(*) filter (where not is_now))
$$;

-- Function pgq_connect.renew_catalog_marks: after pg_upgrade, takes anew what captured tables and their partitions were marked with, as
-- the catalog's rows are other ones. What was reported, or can still be seen, stays to be reported: notes of what was missed, triggers
-- that are not there, types, whose oids pg_upgrade keeps, and rows that are in another file than before, where it keeps that.
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

-- Function pgq_connect.renew_row_marks: takes the marks of tables anew of which no rows were rewritten, so that two changes
-- at different times, which did no harm, are not taken for one. Notes what leaves no trace when its reason goes, or when the catalog is
-- made anew, as note_missed does: tables that missed changes, or may have, and columns that were rewritten, until they are copied
-- again; partitions that are, or were, away, as such whose row trigger has oid 0.
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
