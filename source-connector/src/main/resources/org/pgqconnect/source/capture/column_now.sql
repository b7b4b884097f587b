-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.column_now: a column's present name, even when the transaction's snapshot is older than that.
-- Parameters: a table's oid; the column's number.
-- Returns: name; NULL when there is no such table or column (any more).
create or replace function pgq_connect.column_now(rel oid, nr integer) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when name not like '........pg.dropped.%' then name end
      from (select (pg_identify_object_as_address('pg_class'::regclass, rel, nr)).object_names[3] as name) n
$$;
