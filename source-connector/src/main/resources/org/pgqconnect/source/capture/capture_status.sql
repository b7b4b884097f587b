-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.capture_status: whether every captured table is still captured.
-- Parameters: queue, or NULL for all.
-- Returns: set of rows; state:
--   ok              as it should be
--   table missing   dropped, or replaced by one with another oid
--   trigger missing somebody dropped a trigger: changes are lost
--   disabled        somebody disabled a trigger: changes are lost
--   queue missing   writes to the table fail
--   form unsafe     the table needs form 'row' by now, or another row trigger comes before ours: the order of changes
--                   inside a statement may be wrong; or its triggers may change more of its rows, which have to be looked
--                   up, and the right to do so is missing
--   layout changed  captured correctly but slowly: refresh_table mends it
-- detail names what is affected, remedy what to run; both NULL when ok. Runs with the owner's rights, so that a connector
-- that did not install needs none on what it calls.
create or replace function pgq_connect.capture_status(
    in queue text default null,
    out queue_name text, out table_schema text, out table_name text, out form text, out key_columns text[],
    out state text, out detail text, out remedy text)
    returns setof record
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select c.queue_name, c.table_schema, c.table_name, c.form, c.key_columns, s.state, s.detail, s.remedy
      from pgq_connect.captured_table c
      left join pgq.queue q on q.queue_name = c.queue_name
      left join pgq_connect.layout l on l.layout_id = c.layout_id
      left join pg_class r on r.oid = c.table_oid
      left join lateral (select proowner as reader from pg_proc where pronamespace = 'pgq_connect'::regnamespace
                                                               and proname = c.function_name) f on true
     cross join lateral (
           select string_agg(w.name, ', ' order by w.name) filter (where t.oid is null) as missing,
                  string_agg(t.tgname, ', ' order by w.name) filter (where t.tgenabled in ('D', 'R')) as disabled,
                  string_agg(format('ENABLE TRIGGER %I', t.tgname), ', ' order by w.name)
                      filter (where t.tgenabled in ('D', 'R')) as enabling,
                  (select min(o.tgname) from pg_trigger o
                    where o.tgrelid = c.table_oid and not o.tgisinternal and o.tgtype & 1 = 1 and o.tgtype & 66 = 0
                      and o.tgname < '00_pgq_connect_') as before
             from (select replace(name, '00_pgq_connect_0_', '00_pgq_connect_') as name
                     from pgq_connect.wanted_triggers(0, c.table_oid, c.form, c.function_name)) w
             left join (select t.oid, t.tgname, t.tgenabled, t.tgrelid,
                               regexp_replace(t.tgname, '^(00_pgq_connect_)\d+_', '\1') as short
                          from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                         where t.tgrelid = c.table_oid and p.pronamespace = 'pgq_connect'::regnamespace
                           and p.proname = c.function_name) t on t.short = w.name) trg
     cross join lateral (
           select format('./pgq-connect provider add --queue %s %s.%s', c.queue_name, c.table_schema, c.table_name) as add,
                  format('select * from pgq_connect.refresh_table(%L, %L)', c.queue_name, c.table_oid::regclass) as refresh,
                  (select string_agg(p.relid::regclass::text, ', ')
                     from pg_partition_tree(c.table_oid) p
                    where p.isleaf and p.relid <> c.table_oid
                      and not exists (select from pgq_connect.captured_partition k
                                       where k.queue_name = c.queue_name and k.partition_oid = p.relid
                                         and k.root_layout = c.layout_id)) as new_partitions) x
     cross join lateral (
           select * from (values
               (r.oid is null, 'table missing', format('no table has oid %s', c.table_oid), x.add),
               (q.queue_id is null, 'queue missing', format('queue "%s"', c.queue_name),
                format('./pgq-connect provider install --queue %s', c.queue_name)),
               (trg.missing is not null, 'trigger missing', trg.missing, x.add),
               (trg.disabled is not null, 'disabled', trg.disabled,
                format('ALTER TABLE %s %s', c.table_oid::regclass, trg.enabling)),
               (c.form = 'statement' and pgq_connect.row_form_reason(c.table_oid) is not null, 'form unsafe',
                pgq_connect.row_form_reason(c.table_oid), x.add),
               (trg.before is not null, 'form unsafe', 'row trigger ' || quote_ident(trg.before) || ' comes before ours',
                format('ALTER TRIGGER %s ON %s RENAME TO ...', quote_ident(trg.before), c.table_oid::regclass)),
               (pgq_connect.nested_writes_reason(c.table_oid) is not null
                and not has_table_privilege(f.reader, c.table_oid, 'SELECT'), 'form unsafe',
                pgq_connect.nested_writes_reason(c.table_oid)
                || format(', and role %s may not look changed rows up', f.reader::regrole),
                format('GRANT SELECT ON %s TO %s', c.table_oid::regclass, f.reader::regrole)),
               ((pgq_connect.describe_layout(c.table_oid, null)).fingerprint is distinct from l.fingerprint,
                'layout changed', 'the table or its row triggers were altered', x.refresh),
               (x.new_partitions is not null, 'layout changed', x.new_partitions, x.refresh),
               (coalesce(position(quote_literal(q.queue_data_pfx) in
                    (select prosrc from pg_proc where pronamespace = 'pgq_connect'::regnamespace
                                                  and proname = c.function_name)), 0) = 0,
                'layout changed', 'the queue was made anew', x.refresh),
               (true, 'ok', null, null)) v (applies, state, detail, remedy)
            where applies limit 1) s
     where queue is null or c.queue_name = queue
     order by 1, 2, 3
$$;
