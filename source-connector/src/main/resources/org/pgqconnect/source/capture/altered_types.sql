-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.altered_types: the types whose values in earlier rows have another text since the marks were
-- taken. A value that is added to an enum leaves the others as they are.
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
