-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.rewritten_names: the columns whose values in earlier rows ALTER TABLE may have changed since the
-- marks were taken.
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
