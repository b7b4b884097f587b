-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.type_marks: what the text of a table's columns depends on that ALTER TYPE may change: the
-- attributes of composite types and the labels of enums, through arrays, domains, ranges and composite types.
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
