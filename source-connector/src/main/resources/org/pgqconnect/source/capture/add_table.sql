-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.check_table: raises an error that says what to do when a table cannot be captured.
-- Parameters: queue; table; key_columns: the operator's choice or NULL.
-- Returns: the queue's row.
create or replace function pgq_connect.check_table(queue text, tbl regclass, key_columns text[]) returns pgq.queue
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q       pgq.queue%rowtype;
    kind    "char";
    missing text;
begin
    select * into q from pgq.queue its where its.queue_name = queue;
    if not found then
        raise exception 'There is no queue "%"', queue using errcode = 'undefined_object',
            hint = format('Create it: ./pgq-connect provider install --queue %s', pgq_connect.shell_word(queue));
    end if;
    select relkind into kind from pg_class where oid = tbl;
    if not found then
        raise exception 'There is no table %', tbl using errcode = 'undefined_table';
    end if;
    if kind not in ('r', 'p', 'f') then
        raise exception '% is %, and only changes of tables can be captured', tbl,
            case kind when 'v' then 'a view' when 'm' then 'a materialized view' when 'S' then 'a sequence'
                      when 'i' then 'an index' when 'I' then 'a partitioned index' when 'c' then 'a composite type'
                      else 'a relation of kind ' || kind::text end
            using errcode = 'wrong_object_type',
                  hint = case kind
                         when 'v' then coalesce(
                             (select 'Add the tables that it reads, and create the view on the subscribers, too: '
                                     || string_agg(distinct format('%s', d.refobjid::regclass), ', ')
                                from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                                 and d.refclassid = 'pg_class'::regclass and d.refobjid <> tbl
                               where r.ev_class = tbl),
                             'Create the view on the subscribers, too')
                         when 'm' then 'Add the tables that it reads, and refresh a materialized view of the same query on the subscribers'
                         when 'S' then 'Values of sequences are not replicated: set them on a subscriber before it takes over'
                         else 'Name a table, as schema.table' end;
    end if;
    if exists (select from pg_class where oid = tbl and relpersistence = 't') then
        raise exception 'Table % is temporary: it is gone when the session that made it ends', tbl
            using errcode = 'wrong_object_type';
    end if;
    if (select relnamespace from pg_class where oid = tbl) in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
       or (select nspname from pg_namespace n join pg_class c on c.relnamespace = n.oid where c.oid = tbl) ~ '^pg_' then
        raise exception '% is a table of the system, on which no trigger can be made', tbl using errcode = 'wrong_object_type',
            hint = 'Name a table of your own, as schema.table';
    end if;
    if exists (select from pg_class where oid = tbl and relnamespace in ('pgq'::regnamespace, 'pgq_connect'::regnamespace)) then
        raise exception '% belongs to the capture itself', tbl using errcode = 'wrong_object_type';
    end if;
    if exists (select from pg_namespace n join pg_class c on c.relnamespace = n.oid where c.oid = tbl and n.nspname like '%.%') then
        raise exception 'Table % lies in a schema whose name holds a dot: schema.table would be ambiguous', tbl
            using errcode = 'invalid_name',
                  hint = (select format('Rename it: ALTER SCHEMA %I RENAME TO %I', n.nspname, replace(n.nspname, '.', '_'))
                            from pg_namespace n join pg_class c on c.relnamespace = n.oid where c.oid = tbl);
    end if;
    if pgq_connect.is_unlogged(tbl) then
        raise exception 'Table % is unlogged: a crash of the server empties it, and subscribers would keep its rows', tbl
            using errcode = 'wrong_object_type',
                  hint = (select 'The table''s owner can run: '
                                 || string_agg(format('ALTER TABLE %s SET LOGGED;', oid::regclass), ' ' order by oid)
                            from pg_class
                           where (oid = tbl or oid in (select relid from pg_partition_tree(tbl)))
                             and relpersistence = 'u' and relkind = 'r');
    end if;
    if not has_table_privilege(tbl, 'TRIGGER') then
        raise exception 'Role % may not put triggers on table %', current_user, tbl using errcode = 'insufficient_privilege',
            hint = format('The table''s owner can run: GRANT TRIGGER ON %s TO %I;', tbl, current_user);
    end if;
    select string_agg(name, ', ') into missing
      from unnest(key_columns) name
     where not exists (select from pg_attribute where attrelid = tbl and attname = name and attnum > 0 and not attisdropped);
    if missing is not null then
        raise exception 'Table % has no column %, which the key names', tbl, missing using errcode = 'undefined_column',
            hint = format('Its columns: %s', (select string_agg(attname, ', ' order by attnum) from pg_attribute
                                               where attrelid = tbl and attnum > 0 and not attisdropped));
    end if;
    perform pgq_connect.check_key(tbl, key_columns);
    if pgq_connect.key_of(tbl, key_columns) = '{}' then
        raise exception 'Table % has no primary key, so its rows cannot be told apart', tbl
            using errcode = 'invalid_table_definition',
                  hint = format('Add one: ALTER TABLE %s ADD PRIMARY KEY (...); or name columns that identify a row:'
                                ' --key column,column', tbl);
    end if;
    return q;
end
$$;

-- Function pgq_connect.add_table: captures a table's changes into a queue. The triggers take a SHARE ROW EXCLUSIVE lock
-- on the table until the transaction ends, and so do other options and another key. Repeated, it repairs what is missing.
-- Parameters: queue; table; copy: whether subscribers need the rows that are there now; form: 'statement', 'row', or 'auto':
-- as it is captured already, else 'statement' where the table allows it;
-- key_columns: what identifies a row, '{}' for the primary key; old_row: updates carry the old row, too; exclude: columns
-- left out; only_columns: what is not named here is left out, the key aside; masks: {column: 'null' | 'constant:VALUE' |
-- 'hash'}; condition: an SQL expression over the row's columns: other rows are none of the subscribers' business;
-- skip_unchanged: updates that change nothing of what is captured are no events; salt: of the hashes, else a random one; keep: columns
-- that exclude, only_columns and masks do not name stay hidden where they are.
-- NULL leaves what is there, so that a repair opens nothing; '{}' and '' take it back. When it makes other rows of those
-- that subscribers have, or changes were missed (a trigger was missing or disabled, another table has the name now), they
-- are copied again, unless copy is false.
-- Returns: one row, as captured.
create or replace function pgq_connect.add_table(
    queue text, tbl regclass, copy boolean default true, form text default 'auto', key_columns text[] default null,
    old_row boolean default null, exclude text[] default null, only_columns text[] default null, masks jsonb default null,
    condition text default null, skip_unchanged boolean default null, salt text default null, keep boolean default false)
    returns setof pgq_connect.captured_table
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    q       pgq.queue%rowtype;
    l       pgq_connect.layout%rowtype;
    c       pgq_connect.captured_table%rowtype;
    reason  text;
    chosen  text := form;
    t       record;
    known   pgq_connect.captured_table%rowtype;
    chosen_key text[] := nullif(add_table.key_columns, '{}');
    made    jsonb;
    missed  boolean;
    others  boolean;
    siblings bigint;
    always  boolean;
begin
    perform pgq_connect.lock_capture();
    perform pgq_connect.renew_queue(queue);
    if form not in ('auto', 'statement', 'row') then
        raise exception 'There is no form "%" of capture', form using hint = 'Forms: auto, statement, row';
    end if;
    select * into known from pgq_connect.captured_table k
     where k.queue_name = queue and (k.table_oid = tbl or (array[k.table_schema, k.table_name] = pgq_connect.captured_name(tbl)
                                                           and not exists (select from pg_class where oid = k.table_oid)))
     order by (k.table_oid = tbl) desc limit 1;
    always := coalesce(known.fires_always, false) or coalesce(known.trigger_marks like '%/A/%', false)
              or coalesce(pgq_connect.trigger_marks(known) like '%/A/%', false);
    if add_table.key_columns is null and known.key_chosen then
        chosen_key := known.key_columns;
    end if;
    q := pgq_connect.check_table(queue, tbl, chosen_key);
    if (select relkind from pg_class where oid = tbl) = 'f'
        and current_setting('server_version_num')::integer between 140000 and 159999 then
        raise warning 'TRUNCATE of foreign table % is not captured: PostgreSQL has no trigger for it before version 16', tbl
            using hint = format('Use DELETE FROM %s, or after a TRUNCATE have the table copied again: ./pgq-connect provider resync'
                                ' --queue %s %s', tbl, pgq_connect.shell_word(queue), pgq_connect.shell_table(tbl));
    end if;
    perform pgq_connect.check_tree(queue, tbl);
    perform pgq_connect.check_topic(queue, tbl);
    made := pgq_connect.make_options(queue, tbl, chosen_key, pgq_connect.options_known(queue, tbl, known), exclude, only_columns, masks,
                                     condition, skip_unchanged, salt, keep);
    siblings := pgq_connect.check_siblings(queue, tbl, pgq_connect.key_of(tbl, chosen_key), made);
    -- The first CREATE TRIGGER locks the table against writers until the end of the transaction, and needs no more than the
    -- TRIGGER right, unlike LOCK TABLE. Should the table be altered just before, the fingerprint tells the trigger function.
    reason := pgq_connect.row_form_reason(tbl, chosen_key);
    if chosen = 'auto' then
        chosen := case when reason is null and known.form is distinct from 'row' then 'statement' else 'row' end;
    elsif chosen = 'statement' and reason is not null then
        raise exception 'Table % can only be captured in form "row", because %', tbl, reason;
    end if;
    -- Events of an open transaction in the old form would come after the copy, and what is hidden from now on with them.
    others := pgq_connect.comparable_options(pgq_connect.renewed_options(known.options, tbl)) - '{table,skip_unchanged}'::text[]
              is distinct from pgq_connect.comparable_options(made) - '{table,skip_unchanged}'::text[];
    if known.table_oid = tbl::oid and known.form = chosen and (others or known.key_columns <> pgq_connect.key_of(tbl, chosen_key)) then
        perform pgq_connect.lock_writers(known);
    end if;
    if made is null then
        select * into strict l from pgq_connect.register_layout(queue, tbl, chosen_key);
    else
        l := pgq_connect.register_shaped_layout(queue, tbl, pgq_connect.shape(made, tbl, chosen_key));
    end if;

    -- Changes were missed unless it was this table that was captured, by this name, until now.
    missed := known.table_oid is distinct from tbl::oid
              or (known.table_schema, known.table_name) is distinct from (l.table_schema, l.table_name)
              or not pgq_connect.is_captured(known);
    -- A table that was dropped and made anew, or restored, may have left a row with its old oid.
    delete from pgq_connect.captured_table old
     where old.queue_name = queue and old.table_schema = l.table_schema and old.table_name = l.table_name
       and old.table_oid <> tbl and not exists (select from pg_class where oid = old.table_oid);
    select * into c from pgq_connect.captured_table known where known.queue_name = queue and known.table_oid = tbl;
    if found and c.form <> chosen then
        perform pgq_connect.drop_triggers(c);
    end if;
    insert into pgq_connect.captured_table as known
           (queue_name, table_oid, table_schema, table_name, form, key_columns, key_chosen, old_row, function_name, layout_id,
            options, queue_id, home, fires_always)
        values (queue, tbl, l.table_schema, l.table_name, chosen, l.key_columns, chosen_key is not null,
                coalesce(add_table.old_row, known.old_row, false), pgq_connect.free_function_name(q.queue_id, tbl), l.layout_id,
                made, q.queue_id, 'pgq_connect.captured_table'::regclass, always)
        on conflict (queue_name, table_oid) do update
           set table_schema = excluded.table_schema, table_name = excluded.table_name, form = excluded.form,
               key_columns = excluded.key_columns, key_chosen = excluded.key_chosen, old_row = excluded.old_row,
               function_name = excluded.function_name, layout_id = excluded.layout_id, options = excluded.options,
               fires_always = excluded.fires_always,
               queue_id = excluded.queue_id
        returning * into c;
    perform pgq_connect.free_name(c);
    perform pgq_connect.check_look_up(c);
    perform pgq_connect.generate_function(c, q, l);
    -- Triggers that call another function would capture everything twice: they are of a queue that is gone, or restored.
    for t in
        select distinct p.proname as name
          from pg_trigger g join pg_proc p on p.oid = g.tgfoid
         where g.tgrelid = tbl and not g.tgisinternal and p.pronamespace = 'pgq_connect'::regnamespace
           and p.proname <> c.function_name
           and (p.proname = known.function_name or starts_with(g.tgname, '00_pgq_connect_' || q.queue_id || '_'))
           and not exists (select from pg_trigger other
                            where other.tgfoid = p.oid and other.tgrelid <> tbl and other.tgtype & 34 <> 34
                              and other.tgrelid not in (select relid from pg_partition_tree(tbl)))
    loop
        execute format('drop function pgq_connect.%I() cascade', t.name);
    end loop;
    if exists (select from pg_class where oid = tbl and relkind = 'r' and relispartition)
        and pgq_connect.stale_guard(q.queue_id, tbl, c.function_name) is not null
        and not pgq_connect.guard_partition(c, q.queue_id, tbl) then
        raise exception 'TRUNCATE of partition % cannot be captured, because the trigger of another table, whose partition it was, has'
            ' the name of its own', tbl using errcode = 'duplicate_object',
            hint = format('The table''s owner can run: DROP TRIGGER %I ON %s;', pgq_connect.stale_guard(q.queue_id, tbl, c.function_name),
                          tbl);
    end if;
    for t in
        select w.* from pgq_connect.wanted_triggers(q.queue_id, tbl, chosen, c.function_name,
                                                    pgq_connect.has_deferrable_key(tbl, c.key_columns)) w
         where not exists (select from pg_trigger where tgrelid = tbl and tgname = w.name)
    loop
        execute t.statement;
        if t.name like E'%\\_r' then
            update pgq_connect.captured_partition set trigger_oid = null where queue_name = queue and root_oid = tbl;
        end if;
    end loop;
    if pgq_connect.captures_late(c) then
        perform pgq_connect.generate_function(c, q, l);
    end if;
    perform pgq_connect.register_partitions(c, q, l, known.table_oid is not distinct from tbl::oid);
    perform pgq_connect.enable_always(c);
    update pgq_connect.captured_table k
       set trigger_marks = pgq_connect.trigger_marks(k),
           fires_always = k.fires_always or coalesce(pgq_connect.trigger_marks(k) like '%/A/%', false),
           row_marks = coalesce(k.row_marks, pgq_connect.row_marks(k))
     where k.queue_name = queue and k.table_oid = tbl
    returning * into c;

    if missed or (copy and others) then
        -- A name that it had before is remembered: whatever is captured under it later is another table.
        update pgq_connect.table_copy t set state = 'removed', last_key = null
         where t.queue_name = queue and (t.table_schema, t.table_name) = (known.table_schema, known.table_name)
           and not exists (select from pgq_connect.captured_table k where k.queue_name = queue
                              and (k.table_schema, k.table_name) = (t.table_schema, t.table_name));
        -- A copy of other partitions goes on where this one needs none.
        delete from pgq_connect.table_copy t
         where t.queue_name = queue and t.table_schema = l.table_schema and t.table_name = l.table_name
           and (copy or siblings = 0);
        perform pgq_connect.forget_partitions(queue, l.table_schema, l.table_name) where copy;
    end if;
    insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, was_empty, requested_at)
        values (add_table.queue, l.table_schema, l.table_name, case when copy then 'requested' else 'none' end,
                case when not copy and to_regclass(format('%I.%I', l.table_schema, l.table_name)) = tbl
                     then pgq_connect.is_empty(tbl) end, clock_timestamp())
        on conflict (queue_name, table_schema, table_name) do nothing;
    return next c;
end
$$;

-- Function pgq_connect.lock_writers: waits until all transactions have ended that have written to a captured table, and keeps others
-- away until this one ends. Where the role may not lock the table, its triggers are dropped, which locks it as well; they are to be made
-- again.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.lock_writers(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    kind constant "char" := (select relkind from pg_class where oid = c.table_oid);
begin
    if kind in ('r', 'p') and has_table_privilege(c.table_oid, 'UPDATE, DELETE, TRUNCATE') then
        execute format('lock table %s%s in share row exclusive mode', case kind when 'r' then 'only ' end, c.table_oid::regclass);
    else
        perform pgq_connect.drop_triggers(c);
    end if;
end
$$;

-- Function pgq_connect.is_empty: whether a table, with its partitions but without those that inherit from it, holds no rows.
-- Parameters: the table.
-- Returns: NULL when the role, or an older snapshot, may not see that, and where a look may take long: writers wait for it.
create or replace function pgq_connect.is_empty(tbl regclass) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_none boolean;
begin
    if not has_table_privilege(tbl, 'select') or row_security_active(tbl)
       or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
       or exists (select from pg_class
                   where (oid = tbl or oid in (select relid from pg_partition_tree(tbl))) and relkind = 'f') then
        return null;
    end if;
    execute format('select not exists (select from %s%s)',
                   case when (select relkind from pg_class where oid = tbl) <> 'p' then 'only ' end, tbl)
       into found_none;
    return found_none;
end
$$;

-- Function pgq_connect.free_function_name: the name of a table's trigger function. After a restore from a dump, oids mean
-- other tables, so a function that serves another table is left alone.
-- Parameters: the queue's id; the table.
-- Returns: name in schema pgq_connect.
create or replace function pgq_connect.free_function_name(queue_id integer, tbl oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select candidate
      from (select 0 as nr, format('capture_%s_%s', queue_id, tbl) as candidate
            union all
            select nr, format('capture_%s_%s_%s', queue_id, tbl, nr) from generate_series(1, 1000) nr) names
     where not exists (
               select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                where p.pronamespace = 'pgq_connect'::regnamespace and p.proname = candidate
                  -- The TRUNCATE trigger of a partition that was detached stays.
                  and t.tgtype & 34 <> 34
                  and t.tgrelid <> tbl and t.tgrelid not in (select relid from pg_partition_tree(tbl)))
     order by nr limit 1
$$;

-- Function pgq_connect.generate_function: makes a table's trigger function fit its queue and layout.
-- Parameters: captured table, queue, layout.
-- Returns: nothing.
create or replace function pgq_connect.generate_function(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    -- A variable hides TG_OP on purpose.
    set plpgsql.extra_errors = 'none'
    set plpgsql.extra_warnings = 'none'
as $$
begin
    execute pgq_connect.function_source(c, q, l);
    execute format('revoke all on function pgq_connect.%I() from public', c.function_name);
    -- PostgreSQL clones the trigger onto a new partition in the name of whoever makes or attaches it.
    if exists (select from pg_class where oid = c.table_oid and relkind = 'p') then
        execute format('grant execute on function pgq_connect.%I() to %s', c.function_name,
                       (select relowner::regrole from pg_class where oid = c.table_oid));
    end if;
end
$$;

-- Function pgq_connect.check_key: raises an error when columns chosen as a key may be null: such rows cannot be told apart; or when
-- they have no order, in which rows could be copied.
-- Parameters: table; key columns.
-- Returns: nothing.
create or replace function pgq_connect.check_key(tbl regclass, key_columns text[]) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    nullable  text;
    mending   text;
    unordered record;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum),
           string_agg(format('ALTER COLUMN %I SET NOT NULL', attname), ', ' order by attnum)
      into nullable, mending
      from pg_attribute
     where attrelid = tbl and attname = any (key_columns) and not pgq_connect.is_never_null(attrelid, attnum);
    if nullable is not null then
        raise exception 'Column % of table % may be null, so it cannot be part of the key', nullable, tbl
            using errcode = 'invalid_table_definition',
                  hint = format('Rows with a null in the key could not be told apart, nor copied. Have them refused: ALTER TABLE %s %s',
                                tbl, mending);
    end if;
    select quote_ident(attname) as name, format_type(atttypid, null) as type into unordered
      from pg_attribute
     where attrelid = tbl and attname = any (key_columns) and pgq_connect.btree_opclass(atttypid) is null
     order by attnum limit 1;
    if found then
        raise exception 'Column % of table % is of type %, whose values have no order, so it cannot be part of the key', unordered.name,
            tbl, unordered.type
            using errcode = 'invalid_table_definition',
                  hint = format('Rows are copied in the order of their key, and no unique index could hold such a column. Name columns of'
                                ' other types: --key column,column; or give the type a default operator class of btree:'
                                ' CREATE OPERATOR CLASS ... DEFAULT FOR TYPE %s USING btree ...', unordered.type);
    end if;
end
$$;

-- Function pgq_connect.check_tree: raises an error when another table of a partition tree is captured into the queue, because rows
-- would be captured twice.
-- Parameters: queue; table.
-- Returns: nothing.
create or replace function pgq_connect.check_tree(queue text, tbl regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    other regclass := (
        select c.table_oid
          from pgq_connect.captured_table c
         where c.queue_name = queue and c.table_oid <> tbl
           and (c.table_oid in (select relid from pg_partition_tree(tbl))
                or c.table_oid in (select relid from pg_partition_ancestors(tbl)))
         limit 1);
begin
    if other is not null then
        raise exception 'Table % cannot be captured into queue "%", because % is, and each would capture rows of the other', tbl,
            queue, other using errcode = 'object_not_in_prerequisite_state',
                hint = format('Stop capturing that one first: ./pgq-connect provider remove --queue %s %s',
                              pgq_connect.shell_word(queue), pgq_connect.shell_table(other));
    end if;
end
$$;

-- Function pgq_connect.check_siblings: raises an error when a partition is added by itself and cannot be published beside others of
-- its whole table: they share a name, and so a topic and a copy, which have one key and one form of rows.
-- Parameters: queue; table; its key; its options or NULL.
-- Returns: how many others are captured under its name.
create or replace function pgq_connect.check_siblings(queue text, tbl regclass, key text[], made jsonb) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    c      pgq_connect.captured_table%rowtype;
    others bigint := 0;
    why    text;
begin
    for c in
        select k.* from pgq_connect.captured_table k
         where k.queue_name = queue and k.table_oid <> tbl
           and k.table_oid in (select relid from pg_partition_tree(pg_partition_root(tbl)))
    loop
        others := others + 1;
        why := case when coalesce(made, c.options) is not null
                    then 'partitions that are captured by themselves cannot have options, such as columns left out, beside each other'
                    when c.key_columns <> key
                    then format('its key is (%s), and that of partition %s is (%s)', array_to_string(key, ', '),
                                c.table_oid::regclass, array_to_string(c.key_columns, ', ')) end;
        if why is not null then
            raise exception 'Partition % cannot be captured into queue "%" beside %, under whose name (%) it would be published, because %',
                tbl, queue, c.table_oid::regclass, pg_partition_root(tbl), why using errcode = 'object_not_in_prerequisite_state',
                hint = format('Capture the whole table instead: ./pgq-connect provider remove --queue %1$s %2$s; then'
                              ' ./pgq-connect provider add --queue %1$s %3$s', pgq_connect.shell_word(queue),
                              pgq_connect.shell_table(c.table_oid), pgq_connect.shell_table(pg_partition_root(tbl)));
        end if;
    end loop;
    return others;
end
$$;

-- Function pgq_connect.register_partitions: records a captured table's partitions as they are now and guards each. Where the
-- table itself is locked, too, that comes first: writers lock a table before its partitions.
-- Parameters: captured table, queue, layout; known: it was captured before, so that partitions not met yet were attached since.
-- Returns: nothing.
create or replace function pgq_connect.register_partitions(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, known boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    leaf   record;
    before jsonb := (select coalesce(jsonb_object_agg(p.partition_oid, jsonb_build_object(
                                         'away', pgq_connect.was_away(p, c.function_name), 'trigger', p.trigger_oid)), '{}')
                       from pgq_connect.captured_partition p
                      where p.queue_name = c.queue_name and p.root_oid = c.table_oid);
    its    jsonb;
    was_ours boolean;
    guarded  boolean;
begin
    -- Those that are gone stay, to be reported, as long as the table is captured that they were of.
    delete from pgq_connect.captured_partition p
     where p.queue_name = c.queue_name
       and ((p.root_oid = c.table_oid and p.partition_oid in (select relid from pg_partition_tree(c.table_oid)))
            or not exists (select from pgq_connect.captured_table k where k.queue_name = p.queue_name and k.table_oid = p.root_oid));
    for leaf in
        select relid, pgq_connect.row_trigger(relid, c.function_name) as row_trigger
          from pg_partition_tree(c.table_oid) where isleaf and relid <> c.table_oid
    loop
        its := before -> leaf.relid::oid::text;
        if (its ->> 'away')::boolean then
            -- What was changed meanwhile is unknown. The old trigger tells so until its rows are copied again.
            leaf.row_trigger := (its ->> 'trigger')::oid;
        end if;
        insert into pgq_connect.captured_partition
               (queue_name, partition_oid, root_layout, layout_id, root_oid, trigger_oid, layout_trigger)
            values (c.queue_name, leaf.relid, l.layout_id, pgq_connect.partition_layout(c, leaf.relid), c.table_oid, leaf.row_trigger,
                    pgq_connect.row_trigger(leaf.relid, c.function_name));
        if its is not null or not known then
            perform pgq_connect.guard_partition(c, q.queue_id, leaf.relid);
        else
            -- All its rows are captured, so what they were before does not matter.
            update pgq_connect.captured_table k set row_marks = k.row_marks #- array['relations', leaf.relid::oid::text]
             where k.queue_name = c.queue_name and k.table_oid = c.table_oid;
            -- One that has the trigger already was taken up once, and forgotten when it was away. What was changed meanwhile is
            -- unknown, and nothing keeps writers away.
            was_ours := pgq_connect.is_guarded(c, leaf.relid) or pgq_connect.was_written(c, leaf.relid);
            guarded := pgq_connect.guard_partition(c, q.queue_id, leaf.relid);
            perform pgq_connect.take_up_partition(c, q, leaf.relid, guarded and not was_ours);
        end if;
    end loop;
    delete from pgq_connect.written_partition w
     where w.queue_name = c.queue_name
       and ((w.root_oid = c.table_oid and w.partition_oid in (select relid from pg_partition_tree(c.table_oid)))
            or not exists (select from pgq_connect.captured_table k where k.queue_name = w.queue_name and k.table_oid = w.root_oid));
end
$$;

-- Function pgq_connect.options_differ: whether add_table with these options would change how a captured table is captured.
-- Parameters: as add_table, with keep.
-- Returns: boolean; true when the table is not captured yet.
create or replace function pgq_connect.options_differ(
    queue text, tbl regclass, exclude text[], only_columns text[], masks jsonb, condition text, skip_unchanged boolean,
    salt text) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    known pgq_connect.captured_table%rowtype;
    made  jsonb;
begin
    select * into known from pgq_connect.captured_table k where k.queue_name = queue and k.table_oid = tbl;
    if not found then
        return true;
    end if;
    made := pgq_connect.make_options(queue, tbl, case when known.key_chosen then known.key_columns end, known.options, exclude,
                                     only_columns, masks, condition, skip_unchanged, salt, true);
    delete from pgq_connect.mask_salt
     where salt_id = (made ->> 'salt')::integer and salt_id is distinct from (known.options ->> 'salt')::integer;
    return pgq_connect.comparable_options(made)
           is distinct from pgq_connect.comparable_options(pgq_connect.renewed_options(known.options, tbl));
end
$$;

-- Function pgq_connect.options_known: the options that a table is captured with, or that its name was captured with: a table that
-- takes the name of another one is as secret.
-- Parameters: queue; table; known: its row in captured_table, or one of NULLs.
-- Returns: jsonb or NULL.
create or replace function pgq_connect.options_known(queue text, tbl regclass, known pgq_connect.captured_table) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when known.table_oid is not null then known.options
                else (select k.options from pgq_connect.captured_table k
                       where k.queue_name = queue and array[k.table_schema, k.table_name] = pgq_connect.captured_name(tbl)
                         and k.options is not null
                         -- Partitions that are captured by themselves share the name of the whole.
                         and (pg_partition_root(tbl) is null
                              or pg_partition_root(k.table_oid::regclass) is distinct from pg_partition_root(tbl))
                       order by k.table_oid limit 1) end
$$;

-- Function pgq_connect.comparable_options: options in an order of their own, without former names.
-- Parameters: options or NULL.
-- Returns: jsonb.
create or replace function pgq_connect.comparable_options(options jsonb) returns jsonb
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select (options - 'left_out') || jsonb_build_object('columns', (
               select jsonb_agg(e - 'given' order by e ->> 'attnum', e ->> 'as') from jsonb_array_elements(options -> 'columns') e))
$$;
