-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.forget_oids: after a restore from a dump, gives captured tables oids that no relation has, so
-- that they are found by their names; a dumped oid may be that of any relation here. After pg_upgrade oids are what
-- they were, but not what was marked of the catalog: see renew_catalog_marks.
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
       set trigger_marks = pgq_connect.with_note(c, 'closed')
     where c.home is distinct from here and coalesce(c.trigger_marks, '') not like '%/closed%'
       and exists (select from pgq_connect.closed_write w where w.queue_name = c.queue_name and w.table_oid = c.table_oid);
    delete from pgq_connect.closed_write w
     where not exists (select from pgq_connect.captured_table c
                        where c.queue_name = w.queue_name and c.table_oid = w.table_oid and c.home = here);
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
