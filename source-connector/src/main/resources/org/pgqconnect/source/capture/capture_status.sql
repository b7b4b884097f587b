-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.capture_status: whether every captured table is still captured.
-- Parameters: queue, or NULL for all.
-- Returns: set of rows; state:
--   ok              as it should be
--   table missing   dropped, or replaced by one with another oid
--   trigger missing a trigger was dropped: changes are lost
--   changes missed  a trigger was dropped or disabled for a while, and is back, or was set to ENABLE ALWAYS
--   rows rewritten  ALTER TABLE wrote the rows anew, with a column changed or added: it may have computed other values
--   type altered    ALTER TYPE changed the attributes of a composite type, or renamed a value of an enum: subscribers read the text of
--                   such values as others, and hold the earlier ones as they were
--   disabled        a trigger was disabled, or set to fire in replicating sessions only: changes are lost
--   replication missed  a subscription of logical replication, or a sink, writes to the table, and the triggers do not fire for it;
--                   or they were ENABLE ALWAYS, and are not any more: changes are lost
--   inheritance missed  form "statement" does not see what is written by way of a table that it inherits from or is a partition of, and
--                   takes rows of tables that inherit from it for its own: changes are lost, or wrong; or it has become a partition
--                   since it was captured, and those beside it are not captured
--   queue missing   writes to the table fail
--   form unsafe     the table needs form 'row' by now, or another row trigger comes before ours: the order of changes
--                   inside a statement may be wrong; or its triggers may change more of its rows, which have to be looked
--                   up, and the right to do so is missing; see order unsure
--   order unsure    it was form unsafe for a while, and is not any more
--   partition new   a partition is not taken up yet: rows that it had before ATTACH, and a TRUNCATE of it, are not captured
--   partition gone  a partition was detached or dropped, and its rows are still on the subscribers, unless it was empty
--   partition unguarded  TRUNCATE of a partition is not captured, because a right is missing, or because the trigger of another
--                   captured table, whose partition it was, is in the way
--   unlogged        a crash of the server empties the table, or a partition, without an event
--   children uncaptured  tables inherit from it that are not captured themselves
--   condition closed  a column that the row condition needs was dropped or altered: no row is captured, changes are lost
--   options closed  a mask no longer fits its column, or it is not known which column it is for: NULL is captured, or
--                   nothing of it, rather than what was to be hidden
--   layout changed  captured correctly but slowly: refresh_table fixes it
-- options: columns left out, masks and row condition in words, or NULL; detail names what is affected, remedy what to
-- run; both NULL when ok. Runs with the owner's rights, so that a connector that did not install needs none on what it
-- calls.
create or replace function pgq_connect.capture_status(
    in queue text default null,
    out queue_name text, out table_schema text, out table_name text, out form text, out key_columns text[],
    out state text, out detail text, out remedy text, out options text)
    returns setof record
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select c.queue_name, c.table_schema, c.table_name, c.form, c.key_columns, s.state, s.detail, s.remedy,
           pgq_connect.options_text(c.options)
      from pgq_connect.present_tables() c
      left join pgq.queue q on q.queue_name = c.queue_name
      left join pgq_connect.layout l on l.layout_id = c.layout_id
      left join pg_class r on r.oid = c.table_oid
     cross join lateral (select pgq_connect.rewritten_columns(c) as columns) rewritten
     cross join lateral (select pgq_connect.look_up_reason(c.table_oid, c.key_columns) as reason offset 0) look
      left join lateral (select proowner as reader from pg_proc where pronamespace = 'pgq_connect'::regnamespace
                                                               and proname = c.function_name) f on true
     cross join lateral (select case when pgq_connect.always_reason(c) is not null then 'ALWAYS ' end as word) always
     cross join lateral (
           select string_agg(w.name, ', ' order by w.name) filter (where t.oid is null) as missing,
                  string_agg(t.tgname, ', ' order by w.name) filter (where t.tgenabled in ('D', 'R')) as disabled,
                  string_agg(format('ENABLE %sTRIGGER %I', always.word, t.tgname), ', ' order by w.name)
                      filter (where t.tgenabled in ('D', 'R')) as enabling,
                  (select min(o.tgname) from pg_trigger o
                    where o.tgrelid = c.table_oid and not o.tgisinternal and o.tgtype & 66 = 0 and o.tgtype & 28 <> 0
                      and (o.tgtype & 1 = 1 or c.form = 'statement')
                      and o.tgname < '00_pgq_connect_') as before
             from (select replace(name, '_pgq_connect_0_', '_pgq_connect_') as name
                     from pgq_connect.wanted_triggers(0, c.table_oid, c.form, c.function_name,
                                                      pgq_connect.has_deferrable_key(c.table_oid, c.key_columns))) w
             left join (select t.oid, t.tgname, t.tgenabled, t.tgrelid,
                               regexp_replace(t.tgname, E'^((00|zz)_pgq_connect_)\\d+_', E'\\1') as short
                          from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                         where t.tgrelid = c.table_oid and p.pronamespace = 'pgq_connect'::regnamespace
                           and p.proname = c.function_name) t on t.short = w.name) trg
     cross join lateral (
           select format('./pgq-connect provider add --queue %s %s', pgq_connect.shell_word(c.queue_name),
                         -- A partition that is captured separately has the name of the whole there.
                         case when r.relispartition then pgq_connect.shell_table(c.table_oid)
                              else pgq_connect.shell_word(c.table_schema || '.' || c.table_name) end) as add,
                  format('select * from pgq_connect.refresh_table(%L, %L)', c.queue_name, c.table_oid::regclass) as refresh,
                  format('./pgq-connect provider remove --queue %s %s', pgq_connect.shell_word(c.queue_name),
                         pgq_connect.shell_word(c.table_schema || '.' || c.table_name)) as remove,
                  format('./pgq-connect provider resync --queue %s %s', pgq_connect.shell_word(c.queue_name),
                         pgq_connect.shell_word(c.table_schema || '.' || c.table_name)) as copy,
                  r.oid is null and exists (select from pg_class another join pg_namespace n on n.oid = another.relnamespace
                                             where (n.nspname, another.relname) = (c.table_schema, c.table_name)
                                               and another.relkind in ('r', 'p', 'f')) as made_anew,
                  format('select pgq_connect.forget_partitions(%L, %L, %L)', c.queue_name, c.table_schema, c.table_name) as forget,
                  case when r.oid is not null then pgq_connect.shape_of_captured(c) end as shape,
                  case when r.relispartition then pg_partition_root(c.table_oid::regclass) end as root,
                  r.relispartition and exists (
                      select from pgq_connect.captured_table whole
                       where whole.queue_name = c.queue_name and whole.table_oid <> c.table_oid
                         and whole.table_oid in (select relid from pg_partition_ancestors(c.table_oid::regclass))) as below_captured,
                  (select string_agg(p.relid::regclass::text, ', ' order by p.relid)
                     from pg_partition_tree(c.table_oid) p
                    where p.isleaf and p.relid <> c.table_oid
                      and not exists (select from pgq_connect.captured_partition k
                                       where k.queue_name = c.queue_name and k.partition_oid = p.relid
                                         and k.root_oid = c.table_oid and k.root_layout = c.layout_id
                                         and k.layout_trigger is not distinct from pgq_connect.row_trigger(p.relid, c.function_name))) as slow_partitions,
                  (select string_agg(p.relid::regclass::text, ', ' order by p.relid)
                     from pg_partition_tree(c.table_oid) p
                    where p.isleaf and p.relid <> c.table_oid
                      and not exists (select from pgq_connect.captured_partition k
                                       where k.queue_name = c.queue_name and k.partition_oid = p.relid
                                         and k.root_oid = c.table_oid)) as new_partitions,
                  (select string_agg(coalesce((select oid::regclass::text from pg_class where oid = k.partition_oid),
                                             'oid ' || k.partition_oid)
                                    || case when k.away then ', which was detached and attached again' else '' end, ', ' order by k.partition_oid)
                     from (select k.partition_oid, pgq_connect.was_away(k, c.function_name) as away
                             from pgq_connect.captured_partition k where k.queue_name = c.queue_name and k.root_oid = c.table_oid
                            union
                           select w.partition_oid, false
                             from pgq_connect.written_partition w where w.queue_name = c.queue_name and w.root_oid = c.table_oid) k
                    where k.away or k.partition_oid not in (select relid from pg_partition_tree(c.table_oid))) as gone_partitions,
                  (select string_agg(format('ALTER TABLE %s ENABLE %sTRIGGER %I', p.relid::regclass, always.word, t.tgname), '; '
                                     order by p.relid::regclass::text)
                     from pg_partition_tree(c.table_oid) p
                     join pg_trigger t on t.tgrelid = p.relid and t.tgenabled in ('D', 'R')
                     join pg_proc f on f.oid = t.tgfoid and f.pronamespace = 'pgq_connect'::regnamespace
                                   and f.proname = c.function_name
                    where p.isleaf and p.relid <> c.table_oid) as enabling,
                  (select jsonb_build_object(
                              'names', string_agg(p.relid::regclass::text, ', ' order by p.relid),
                              'dropping', string_agg('DROP TRIGGER ' || quote_ident(s.name) || ' ON ' || p.relid::regclass, '; ' order by p.relid),
                              'without_right', string_agg(p.relid::regclass::text, ', ' order by p.relid)
                                  filter (where not has_table_privilege(f.reader, p.relid, 'TRIGGER')
                                             or not has_table_privilege(f.reader, p.relid, 'SELECT')))
                     from pg_partition_tree(c.table_oid) p join pg_class leaf on leaf.oid = p.relid
                    cross join lateral pgq_connect.stale_guard(q.queue_id, p.relid, c.function_name) s (name)
                    where p.isleaf and p.relid <> c.table_oid and leaf.relkind = 'r'
                      and not pgq_connect.is_guarded(c, p.relid)
                   having count(*) > 0) as unguarded,
                  (select jsonb_build_object(
                              'names', string_agg(i.inhrelid::regclass::text, ', ' order by i.inhrelid),
                              'words', string_agg(pgq_connect.shell_table(i.inhrelid), ' ' order by i.inhrelid))
                     from pg_inherits i
                    where i.inhparent = c.table_oid and r.relkind = 'r'
                      and not exists (select from pgq_connect.captured_table k
                                       where k.queue_name = c.queue_name and k.table_oid = i.inhrelid)
                   having count(*) > 0) as children) x
     cross join lateral (
           select * from (values
               (r.oid is null, 'table missing',
                case when x.made_anew then format('the table of its name is another one, as after DROP and CREATE or a restore: no table has oid %s',
                                                  c.table_oid)
                     else format('it was dropped: no table has oid %s', c.table_oid) end,
                case when exists (select from pgq_connect.captured_table k join pg_class there on there.oid = k.table_oid
                                   where k.queue_name = c.queue_name and k.table_oid <> c.table_oid
                                     and (k.table_schema, k.table_name) = (c.table_schema, c.table_name))
                     then x.copy || '; or, if subscribers are to keep the rows of a partition that was dropped: ' || x.forget
                     when x.made_anew then x.add || '; or, if it is not to be replicated any more: ' || x.remove
                     else x.remove end),
               -- The numbers of its layout are its own: it was captured as a whole table.
               (r.relispartition and (l.columns -> 0 ->> 'number')::bigint >> 16 = c.table_oid::bigint, 'inheritance missed',
                case when x.below_captured then format('it has become a partition of %s, which is captured itself', x.root)
                     else format('it has become a partition of %s, whose other partitions are not captured', x.root) end,
                format('./pgq-connect provider remove --queue %1$s %2$s; then ./pgq-connect provider '
                       || case when x.below_captured then 'resync --queue %1$s %3$s'
                               else 'add --queue %1$s %3$s; or, if only this partition is to be replicated: %4$s' end,
                       pgq_connect.shell_word(c.queue_name), pgq_connect.shell_table(c.table_oid), pgq_connect.shell_table(x.root), x.add)),
               (pgq_connect.unseen_writes_reason(c) is not null, 'inheritance missed', pgq_connect.unseen_writes_reason(c), x.add),
               (trg.missing is not null, 'trigger missing', trg.missing, x.add),
               (trg.disabled is not null, 'disabled', trg.disabled,
                format('ALTER TABLE %s %s', c.table_oid::regclass, trg.enabling)),
               (x.enabling is not null, 'disabled', 'triggers of partitions', x.enabling),
               (c.form = 'statement' and pgq_connect.is_subscribed(c.table_oid), 'replication missed',
                pgq_connect.row_form_reason(c.table_oid, c.key_columns) || ', and form "statement" sees none of it', x.add),
               (pgq_connect.always_statements(c) is not null, 'replication missed',
                case pgq_connect.always_reason(c)
                     when 'they were before' then 'its triggers were ENABLE ALWAYS, and are not any more: what sessions with'
                                                  ' session_replication_role = replica write is not captured'
                     else pgq_connect.always_reason(c) || ', and its triggers are not ENABLE ALWAYS' end,
                pgq_connect.always_statements(c)
                || '; then ' || x.copy),
               (x.shape ->> 'closed' = 'true', 'condition closed', x.shape ->> 'problems',
                x.add || ' --where with a condition that fits the table now'),
               -- To forget is offered where nothing else would be forgotten with it.
               (pgq_connect.were_away(c), 'changes missed',
                case when c.trigger_marks like '%/unseen%'
                     then 'it had inheritance, or was a partition, for a while, and form "statement" missed changes or captured those of'
                          ' another table'
                     when c.trigger_marks like '%/closed%'
                          or exists (select from pgq_connect.closed_write w
                                      where w.queue_name = c.queue_name and w.table_oid = c.table_oid)
                     then 'a column that its row condition needs was another one for a while, and changes were not captured'
                     when c.trigger_marks like '%/emptied%'
                     then 'it was unlogged when the server was started again, which may have emptied it without an event'
                     when c.trigger_marks like '%/truncated%'
                     then 'partitions without a trigger for it were truncated, or their rows were written anew'
                     when c.trigger_marks like '%/keyless%'
                     then 'it had no primary key for a while, and its changes were not published, because its rows could not be identified'
                     when c.trigger_marks like '%/renamed%'
                     then 'it had another name for a while, and its changes were left out, or published, under that name'
                     else 'its triggers were missing or disabled for a while' end,
                x.copy || case when pgq_connect.altered_types(c) is null and x.gone_partitions is null and rewritten.columns is null
                               then '; or, if nothing was written meanwhile: ' || x.forget else '' end),
               (r.oid is not null and pgq_connect.altered_types(c) is not null, 'type altered',
                'ALTER TYPE gave values of earlier rows another text without an event: ' || pgq_connect.altered_types(c),
                'alter the type on the subscribers in the same way, then ' || x.copy
                || case when x.gone_partitions is null and rewritten.columns is null
                        then '; or, if subscribers hold what it makes: ' || x.forget else '' end),
               (q.queue_id is null, 'queue missing', format('queue "%s"', c.queue_name),
                format('./pgq-connect provider install --queue %s', pgq_connect.shell_word(c.queue_name))),
               (x.new_partitions is not null, 'partition new', x.new_partitions, x.refresh),
               (c.form = 'statement' and pgq_connect.row_form_reason(c.table_oid, c.key_columns) is not null, 'form unsafe',
                pgq_connect.row_form_reason(c.table_oid, c.key_columns), x.add),
               (trg.before is not null and not pgq_connect.captures_late(c), 'form unsafe', 'trigger ' || quote_ident(trg.before) || ' comes before ours',
                format('ALTER TRIGGER %s ON %s RENAME TO %s', quote_ident(trg.before), c.table_oid::regclass,
                       quote_ident('late_' || regexp_replace(trg.before, E'^\\W+', '')))),
               (look.reason is not null
                and not has_table_privilege(f.reader, c.table_oid, 'SELECT'), 'form unsafe',
                look.reason
                || format(', and role %s lacks the privilege to look changed rows up', f.reader::regrole),
                format('GRANT SELECT ON %s TO %s', c.table_oid::regclass, f.reader::regrole)),
               (look.reason is not null and row_security_active(c.table_oid), 'form unsafe',
                look.reason
                || format(', and row security hides rows from role %s', f.reader::regrole),
                format('ALTER ROLE %s BYPASSRLS', f.reader::regrole)),
               (x.gone_partitions is not null, 'partition gone', x.gone_partitions,
                x.copy || case when rewritten.columns is null then '; or, if subscribers are to keep the rows: ' || x.forget else '' end),
               (x.shape ->> 'problems' is not null, 'options closed', x.shape ->> 'problems',
                x.add || ' with the options that fit the table now'),
               (case when x.shape is null then (pgq_connect.describe_layout(c.table_oid, null)).fingerprint
                     else x.shape ->> 'fingerprint' end is distinct from l.fingerprint,
                'layout changed', 'the table or its row triggers were altered', x.refresh),
               (x.slow_partitions is not null, 'layout changed', x.slow_partitions, x.refresh),
               (coalesce(position(quote_literal(q.queue_data_pfx) in
                    (select prosrc from pg_proc where pronamespace = 'pgq_connect'::regnamespace
                                                  and proname = c.function_name)), 0) = 0,
                'layout changed', 'the queue was made anew', x.refresh),
               (rewritten.columns is not null, 'rows rewritten',
                'ALTER TABLE wrote its rows anew without an event, and may have given them other values of ' || rewritten.columns,
                x.copy || '; or, if the values are what they were: ' || x.forget),
               (c.unordered, 'order unsure',
                'changes that were captured for a while may be in the wrong order inside a statement',
                x.copy || '; or, if no statement changed a row twice meanwhile: ' || x.forget),
               (x.unguarded is not null, 'partition unguarded', x.unguarded ->> 'names',
                concat_ws(', then ', nullif(concat_ws('; ', x.unguarded ->> 'dropping',
                                                      'GRANT TRIGGER, SELECT ON ' || (x.unguarded ->> 'without_right') || ' TO '
                                                      || f.reader::regrole), ''), x.add)),
               (pgq_connect.is_unlogged(c.table_oid), 'unlogged', 'a crash of the server empties it without an event',
                (select string_agg(format('ALTER TABLE %s SET LOGGED', u.oid::regclass), '; ' order by u.oid)
                   from pg_class u
                  where (u.oid = c.table_oid or u.oid in (select relid from pg_partition_tree(c.table_oid::regclass)))
                    and u.relpersistence = 'u' and u.relkind = 'r')),
               (x.children is not null, 'children uncaptured', (x.children ->> 'names') || ', which inherit from it',
                format('./pgq-connect provider add --queue %s %s', pgq_connect.shell_word(c.queue_name), x.children ->> 'words')),
               (true, 'ok', null, null)) v (applies, state, detail, remedy)
            where applies limit 1) s
     where queue is null or c.queue_name = queue
     order by 1, 2, 3
$$;
