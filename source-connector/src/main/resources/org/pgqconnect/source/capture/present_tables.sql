-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.present_tables: the captured tables. After a restore from a dump, until they are looked up by
-- their names, the oids of those that were captured before are such that no relation has.
-- Returns: set of rows.
create or replace function pgq_connect.present_tables() returns setof pgq_connect.captured_table
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select c.* from pgq_connect.captured_table c where c.home = 'pgq_connect.captured_table'::regclass
    union all
    select (f.its).*
      from (select jsonb_populate_record(c, jsonb_build_object('table_oid', 4294967295 - row_number() over ())) as its
              from pgq_connect.captured_table c where c.home is distinct from 'pgq_connect.captured_table'::regclass) f
$$;
