-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.generated_from: what a table's generated columns are made of.
-- Parameters: a table's oid.
-- Returns: set of (column number, numbers of the columns in its expression).
create or replace function pgq_connect.generated_from(in rel oid, out attnum integer, out sources integer[])
    returns setof record
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select a.attnum::integer, array_agg(distinct d.refobjsubid order by d.refobjsubid)
      from pg_attribute a
      join pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
      join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = rel
                      and d.refobjsubid > 0 and d.refobjsubid <> a.attnum
                      and ((d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid)
                           or (d.classid = 'pg_class'::regclass and d.objid = rel and d.objsubid = a.attnum))
     where a.attrelid = rel and a.attgenerated <> '' and not a.attisdropped
     group by a.attnum
$$;
