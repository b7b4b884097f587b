-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.catalog_sign: another one in a catalog that was made anew (pg_upgrade, a restore from a dump), where oids of
-- triggers and ages of catalog rows mean nothing. pg_upgrade keeps oids of tables, but not the rows of system columns in pg_attribute,
-- which nothing else changes.
-- Returns: text without a colon.
create or replace function pgq_connect.catalog_sign() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select attrelid::oid || '/' || xmin from pg_attribute
     where attrelid = 'pgq_connect.captured_table'::regclass and attname = 'tableoid'
$$;

-- Function pgq_connect.present_tables: the captured tables. After a restore from a dump, until they are looked up by their names, the
-- oids of those that were captured before are such that no relation has.
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

-- Function pgq_connect.forget_oids: after a restore from a dump, gives captured tables oids that no relation has, so that they are found
-- by their names; a dumped oid may be that of any relation here. After pg_upgrade oids are what they were, but not what was marked of
-- the catalog: see renew_catalog_marks.
-- Returns: nothing.
create or replace function pgq_connect.forget_oids() returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    here constant oid := 'pgq_connect.captured_table'::regclass;
begin
    if not exists (select from pgq_connect.captured_table c where c.home is distinct from here) then
        perform pgq_connect.renew_catalog_marks();
        return;
    end if;
    delete from pgq_connect.captured_partition p
     where not exists (select from pgq_connect.captured_table c
                        where c.queue_name = p.queue_name and c.table_oid = p.root_oid and c.home = here);
    delete from pgq_connect.written_partition w
     where not exists (select from pgq_connect.captured_table c
                        where c.queue_name = w.queue_name and c.table_oid = w.root_oid and c.home = here);
    update pgq_connect.captured_table c
       set table_oid = n.free, home = here, options = c.options || '{"table": 0}'
      from (select k.queue_name, k.table_oid,
                   (select least(4294967295, min(before.table_oid::bigint) filter (where before.table_oid > 4200000000))
                      from pgq_connect.captured_table before)
                   - row_number() over (order by k.queue_name, k.table_oid) as free
              from pgq_connect.captured_table k where k.home is distinct from here) n
     where c.queue_name = n.queue_name and c.table_oid = n.table_oid;
end
$$;

-- Function pgq_connect.lock_capture: lets one transaction at a time change what is captured. It is taken before any lock on a
-- table, so that changes of capture wait for each other while they block no writer. Writers never take it.
-- What is known of oids in another database is forgotten before anything is changed.
-- Returns: nothing.
create or replace function pgq_connect.lock_capture() returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select pg_advisory_xact_lock(20519, 2);
    select pgq_connect.forget_oids();
$$;
