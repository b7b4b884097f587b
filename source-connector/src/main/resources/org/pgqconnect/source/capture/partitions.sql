-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- PostgreSQL clones row triggers onto partitions, not those for TRUNCATE; and what ATTACH, DETACH and DROP do to the rows of
-- the whole fires no trigger. So each partition has a TRUNCATE trigger of its own, made when the partition is taken up, and
-- rows that were in it before are captured then. DETACH drops the clones of row triggers and leaves this one, which does nothing then.

-- Function pgq_connect.partition_rows: how to read a partition's rows as events hold them.
-- Parameters: queue; partition; chosen: the operator's key columns or NULL; options or NULL.
-- Returns: l: the layout; image: SQL for a row's data; rows: FROM and WHERE clauses.
create or replace function pgq_connect.partition_rows(
    q pgq.queue, rel oid, chosen text[], options jsonb, out l pgq_connect.layout, out image text, out rows text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    whole oid   := pgq_connect.shaped_table(options, rel);
    shape jsonb := pgq_connect.shape(options, whole, chosen);
    r     text;
begin
    if options is null then
        select * into strict l from pgq_connect.register_layout(q.queue_name, rel, chosen);
        r := pgq_connect.row_alias(l);
        shape := jsonb_build_object('image', pgq_connect.text_of(replace(r, '%', '%%')), 'passes', 'true');
    else
        l := pgq_connect.register_shaped_layout(q.queue_name, whole, shape);
        r := pgq_connect.row_alias(l);
    end if;
    image := pgq_connect.shape_image(shape, r);
    rows := format(' from only %s %s where %s', rel::regclass, r, pgq_connect.shape_passes(shape, r));
end
$$;

-- Function pgq_connect.partition_events: a statement that writes an event for each row of a partition.
-- Parameters: queue; partition; chosen, options: as above; kind: of events.
-- Returns: SQL text.
create or replace function pgq_connect.partition_events(q pgq.queue, rel oid, chosen text[], options jsonb, kind text)
    returns text
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select 'insert into ' || pgq_connect.event_table(q, q.queue_cur_table)
           || pgq_connect.insert_head(q, p.l, format('%L, %s, null', kind, p.image), quote_literal((p.l).layout_id)) || p.rows
      from pgq_connect.partition_rows(q, rel, chosen, options) p
$$;

-- Function pgq_connect.rows_after_truncate: statements that capture what is in a table when its TRUNCATE is captured: rows that triggers
-- of others have inserted since. PostgreSQL empties all tables of a TRUNCATE first, and then fires the triggers, table by table.
-- Parameters: queue; the trigger's TG_RELID; chosen, options: as in capture_steps and shaped_steps.
-- Returns: SQL text, one for each partition; an error when there are rows that cannot be seen, as in truncate_partition.
create or replace function pgq_connect.rows_after_truncate(queue text, rel oid, chosen text[], options jsonb) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    leaf oid;
begin
    for leaf in
        select c.oid
          from (select rel as relid union select relid::oid from pg_partition_tree(rel::regclass)) t
          join pg_class c on c.oid = t.relid
         where c.relkind = 'r' and pg_relation_size(c.oid) > 0
    loop
        if not pgq_connect.may_look_up(leaf) then
            raise exception 'Role % may not read table %, but a trigger has inserted rows there after a TRUNCATE, which have to be captured',
                current_user, leaf::regclass using errcode = 'insufficient_privilege',
                hint = format('The table''s owner can run: GRANT SELECT ON %s TO %I;', leaf::regclass, current_user);
        end if;
        return next pgq_connect.partition_events(pgq_connect.queue_for_capture(queue, rel), leaf, chosen, options, 'c');
    end loop;
end
$$;

-- Function pgq_connect.capture_rows_after_truncate: runs them.
-- Parameters: as there.
-- Returns: nothing.
create or replace function pgq_connect.capture_rows_after_truncate(queue text, rel oid, chosen text[], options jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    before jsonb := pgq_connect.pin_settings();
    step   text;
begin
    for step in select * from pgq_connect.rows_after_truncate(queue, rel, chosen, options) loop
        execute step;
    end loop;
    perform pgq_connect.unpin_settings(before);
end
$$;

-- Function pgq_connect.captured_truncate: the part of a trigger function that captures a TRUNCATE. Where rows are captured late, that
-- comes after it.
-- Parameters: captured table, queue, layout; number of the layout, as SQL text.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.captured_truncate(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, number text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.by_event_table(q, pgq_connect.insert_head(q, l, '''t'', null, null', number), '            ')
           || case when pgq_connect.captures_late(c) then ''
                   else format(E'\n            perform pgq_connect.capture_rows_after_truncate(%L, TG_RELID, %L, %L);', c.queue_name,
                               case when c.key_chosen then c.key_columns end, c.options) end
$$;

-- Function pgq_connect.truncate_partition: captures a TRUNCATE of one partition, before it happens, as the deletes of its
-- rows: subscribers may have other partitions, or none. A TRUNCATE of the whole comes as one event of its own, and
-- marks the transaction, so that the partitions' triggers, which fire as well, write nothing. The whole is what is no partition itself:
-- one that has partitions, and is captured by itself, or became a partition since, is truncated as they are. A partition that was
-- detached since is none of the table's business.
-- Parameters: queue; the trigger's TG_RELID; chosen, options: as in capture_steps and shaped_steps; marker: a setting;
-- function_name: the captured table's.
-- Returns: nothing; an error when the rows cannot be seen, because a TRUNCATE that subscribers miss is worse.
create or replace function pgq_connect.truncate_partition(
    queue text, rel oid, chosen text[], options jsonb, marker text, function_name text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q      pgq.queue%rowtype;
    before jsonb;
    added  bigint;
begin
    if (select relkind from pg_class where oid = rel) = 'p' then
        perform set_config(marker, 'y', true) from pg_class where oid = rel and not relispartition;
        return;
    end if;
    if current_setting(marker, true) = 'y' then
        return;
    end if;
    -- An older snapshot may not show the row trigger of a partition that was attached since, but whether it is one is always seen.
    if pgq_connect.row_trigger(rel, function_name) is null
        and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted')
             or not exists (select from pgq_connect.captured_table k
                             where k.queue_name = queue and k.function_name = truncate_partition.function_name
                               and k.table_oid in (select relid from pg_partition_ancestors(rel::regclass)))) then
        return;
    end if;
    q := pgq_connect.queue_for_capture(queue, rel);
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise exception 'TRUNCATE of partition % cannot be captured in a transaction of isolation level %', rel::regclass,
            current_setting('transaction_isolation')
            using errcode = 'feature_not_supported',
                  detail = 'It removes rows that the transaction does not see, so their deletes could not be captured.',
                  hint = format('Use READ COMMITTED, or DELETE FROM %s', rel::regclass)
                         || coalesce((select format(', or TRUNCATE the whole table %s', k.table_oid::regclass)
                                        from pgq_connect.captured_table k join pg_class whole on whole.oid = k.table_oid
                                       where k.queue_name = queue and k.function_name = truncate_partition.function_name
                                         and whole.relkind = 'p' and not whole.relispartition), '');
    end if;
    if not pgq_connect.may_look_up(rel) then
        raise exception 'TRUNCATE of partition % cannot be captured, because role % may not read its rows', rel::regclass,
            current_user using errcode = 'insufficient_privilege',
            hint = format('The table''s owner can run: GRANT SELECT ON %s TO %I; or use DELETE FROM %1$s', rel::regclass,
                          current_user);
    end if;
    before := pgq_connect.pin_settings();
    execute pgq_connect.partition_events(q, rel, chosen, options, 'd');
    get diagnostics added = row_count;
    perform pgq_connect.unpin_settings(before);
    perform pgq_connect.count_tx_events(queue, added);
end
$$;

-- Function pgq_connect.stale_guard: the TRUNCATE trigger that another captured table of the queue left on a partition that it had.
-- Parameters: the queue's id; the partition; the function_name of the captured table that it belongs to.
-- Returns: the trigger's name; NULL when there is none.
create or replace function pgq_connect.stale_guard(queue_id integer, leaf oid, function_name text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select t.tgname
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = leaf and t.tgname = '00_pgq_connect_' || queue_id || '_p'
       and p.pronamespace = 'pgq_connect'::regnamespace and p.proname <> function_name
$$;

-- Function pgq_connect.guard_partition: puts the TRUNCATE trigger on a partition, if the rights are there.
-- Parameters: the captured table; the queue's id; the partition.
-- Returns: whether the trigger is there.
create or replace function pgq_connect.guard_partition(c pgq_connect.captured_table, queue_id integer, leaf oid)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    its_name    constant text    := '00_pgq_connect_' || queue_id || '_p';
    stale       constant text    := pgq_connect.stale_guard(queue_id, leaf, c.function_name);
    may_replace constant boolean := current_setting('server_version_num')::integer >= 140000;
begin
    if pgq_connect.is_guarded(c, leaf) then
        return true;
    end if;
    -- It is there, then, but disabled, and whoever did that may want it so: it is reported.
    if stale is null and exists (select from pg_trigger where tgrelid = leaf and tgname = its_name) then
        return false;
    end if;
    if not has_table_privilege(leaf, 'TRIGGER') or not has_table_privilege(leaf, 'SELECT')
        or (select relkind from pg_class where oid = leaf) <> 'r' then
        return false;
    end if;
    -- Replacing it needs no more than the TRIGGER right, unlike dropping it.
    if stale is not null and not may_replace then
        if not pg_has_role((select relowner from pg_class where oid = leaf), 'USAGE') then
            return false;
        end if;
        execute format('drop trigger %I on %s', stale, leaf::regclass);
    end if;
    execute format('create %strigger %I before truncate on %s for each statement execute function pgq_connect.%I()',
                   case when stale is not null and may_replace then 'or replace ' else '' end, its_name, leaf::regclass,
                   c.function_name);
    return true;
end
$$;

-- Function pgq_connect.row_trigger: the trigger that captures a partition's rows.
-- Parameters: the partition; the captured table's function_name.
-- Returns: oid; NULL when there is none.
create or replace function pgq_connect.row_trigger(leaf oid, function_name text) returns oid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select t.oid
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = leaf and t.tgtype & 3 = 1 and not t.tgdeferrable and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = function_name
$$;

-- Function pgq_connect.was_away: whether a partition that is known was detached and attached again.
-- Parameters: what is known of it; the captured table's function_name.
-- Returns: boolean; false when it is away still.
create or replace function pgq_connect.was_away(known pgq_connect.captured_partition, function_name text) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(known.trigger_oid <> pgq_connect.row_trigger(known.partition_oid, function_name), false)
           -- In a catalog that was made anew all triggers are others, until renew_catalog_marks was there.
           and (known.trigger_oid = 0
                or not exists (select from pgq_connect.captured_table c
                                where c.queue_name = known.queue_name and c.table_oid = known.root_oid
                                  and c.row_marks ->> 'catalog' <> pgq_connect.catalog_sign()))
$$;

-- Function pgq_connect.note_written: notes durably that changes of a partition are captured that is not taken up yet.
-- Parameters: queue; the captured table; the partition; the captured table's function_name.
-- Returns: nothing.
create or replace function pgq_connect.note_written(queue text, root oid, leaf oid, function_name text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    its_trigger constant oid := pgq_connect.row_trigger(leaf, function_name);
begin
    if not exists (select from pgq_connect.captured_partition k
                    where k.partition_oid = leaf and k.queue_name = queue and k.root_oid = root)
        and not exists (select from pgq_connect.written_partition w
                         where w.partition_oid = leaf and w.queue_name = queue and w.root_oid = root
                           and w.trigger_oid is not distinct from its_trigger) then
        insert into pgq_connect.written_partition (queue_name, root_oid, partition_oid, trigger_oid)
            values (queue, root, leaf, its_trigger);
    end if;
end
$$;

-- Function pgq_connect.was_written: whether changes of a partition that is not taken up were captured before it was detached and
-- attached again.
-- Parameters: the captured table; the partition.
-- Returns: boolean.
create or replace function pgq_connect.was_written(c pgq_connect.captured_table, leaf oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pgq_connect.written_partition w
                    where w.partition_oid = leaf and w.queue_name = c.queue_name and w.root_oid = c.table_oid
                      and w.trigger_oid is distinct from pgq_connect.row_trigger(leaf, c.function_name))
$$;

-- Function pgq_connect.partition_layout: the layout of a partition's events as it is now.
-- Parameters: the captured table; the partition.
-- Returns: layout_id.
create or replace function pgq_connect.partition_layout(c pgq_connect.captured_table, leaf oid) returns integer
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select l.layout_id
      from pgq_connect.register_layout(c.queue_name, leaf, case when c.key_chosen then c.key_columns end) l
     where c.options is null
    union all
    select c.layout_id where c.options is not null
$$;

-- Function pgq_connect.is_guarded: whether a partition has its TRUNCATE trigger.
-- Parameters: the captured table; the partition.
-- Returns: boolean.
create or replace function pgq_connect.is_guarded(c pgq_connect.captured_table, leaf oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                    where t.tgrelid = leaf and t.tgtype & 34 = 34 and t.tgenabled in ('O', 'A')
                      and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = c.function_name)
$$;

-- Function pgq_connect.take_up_partition: captures the rows that a partition had before it was attached, as inserts. The
-- trigger that was just created keeps writers away until the transaction ends, so the rows are what they are.
-- Parameters: the captured table; its queue; the partition; guarded: the trigger was just created.
-- Returns: nothing; where the rows cannot be read, or captured ones may be gone, the whole table is to be copied again.
create or replace function pgq_connect.take_up_partition(
    c pgq_connect.captured_table, q pgq.queue, leaf oid, guarded boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    chosen constant text[] := case when c.key_chosen then c.key_columns end;
    before jsonb;
    missed boolean;
begin
    if (select relkind from pg_class where oid = leaf) <> 'r' then
        return;
    end if;
    if not guarded or not pgq_connect.may_look_up(leaf) or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
       -- Its file was made after ATTACH, as by a TRUNCATE, which may have removed rows that were captured.
       or pg_relation_filenode(leaf)::bigint > pgq_connect.row_trigger(leaf, c.function_name)::bigint then
        delete from pgq_connect.table_copy
         where queue_name = c.queue_name and table_schema = c.table_schema and table_name = c.table_name;
        insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, requested_at)
            values (c.queue_name, c.table_schema, c.table_name, 'requested', clock_timestamp());
        return;
    end if;
    before := pgq_connect.pin_settings();
    execute pgq_connect.missed_rows(c, q, leaf, chosen) into missed;
    if missed then
        execute pgq_connect.partition_events(q, leaf, chosen, c.options, 'c');
    end if;
    perform pgq_connect.unpin_settings(before);
end
$$;

-- Function pgq_connect.missed_rows: a query that tells whether a partition may have rows that were not captured, so that all of
-- them have to be: rows older than the row trigger, which came with ATTACH, and younger ones without an event of their
-- transaction, which may have been written under a savepoint of the attaching one. Where another transaction had made the table, any
-- row may be older than ATTACH, though younger than the attaching transaction, and events of rows like it may be those of
-- another table, from which it was moved. Rows that were captured are captured twice then, which does no harm: they are the same.
-- The rows of system columns in pg_attribute are as old as the table: nothing changes them.
-- Parameters: the captured table; its queue; the partition; chosen: the operator's key columns or NULL.
-- Returns: SQL text.
create or replace function pgq_connect.missed_rows(c pgq_connect.captured_table, q pgq.queue, leaf oid, chosen text[])
    returns text
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template($sql$
        with attached as (
            select t.xmin, t.cmin::text::bigint as cmin, t.xmin <> made.xmin as was_there
              from pg_trigger t
              join pg_attribute made on made.attrelid = t.tgrelid and made.attname = 'tableoid'
             where t.oid = {{trigger_oid}}),
        rows as (
            select xmin as xid, cmin::text::bigint as command, {{image}} as data{{rows}}),
        young as materialized (
            select txid_current() - age(xid) as xid, data
              from rows where age(xid) < (select age(xmin) from attached))
        select exists (select from rows, attached a
                        where a.was_there or age(xid) > age(a.xmin) or (xid = a.xmin and command < a.cmin))
               or exists (select data from young
                          except
                          select ev_data from {{events}}
                           where ev_txid in (select distinct xid from young) and ev_extra1 = {{'table'}})$sql$,
        'trigger_oid', pgq_connect.row_trigger(leaf, c.function_name)::text, 'image', p.image, 'rows', p.rows,
        'events', q.queue_data_pfx, 'table', c.table_schema || '.' || c.table_name)
      from pgq_connect.partition_rows(q, leaf, chosen, c.options) p
$$;

-- Function pgq_connect.forget_partitions: no more reports of partitions that are gone, or were for a while, nor of triggers
-- that were away or of rows that were rewritten, because the table is copied again or subscribers are to keep their rows.
-- Parameters: queue; the table's schema and name.
-- Returns: how many.
create or replace function pgq_connect.forget_partitions(queue text, schema_of text, name_of text) returns bigint
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    with gone as (
        delete from pgq_connect.captured_partition p
         using pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and p.queue_name = c.queue_name and p.root_oid = c.table_oid
           and p.partition_oid not in (select relid from pg_partition_tree(c.table_oid))
        returning p.partition_oid), written as (
        delete from pgq_connect.written_partition w
         using pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and w.queue_name = c.queue_name and w.root_oid = c.table_oid
           and w.partition_oid not in (select relid from pg_partition_tree(c.table_oid))
        returning w.partition_oid), back as (
        update pgq_connect.captured_partition p
           set trigger_oid = pgq_connect.row_trigger(p.partition_oid, c.function_name),
               layout_trigger = pgq_connect.row_trigger(p.partition_oid, c.function_name),
               layout_id = pgq_connect.partition_layout(c, p.partition_oid)
          from pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and p.queue_name = c.queue_name and p.root_oid = c.table_oid and pgq_connect.was_away(p, c.function_name)
        returning 1), missed as (
        update pgq_connect.captured_table c set trigger_marks = pgq_connect.trigger_marks(c), row_marks = pgq_connect.row_marks(c),
               fires_always = c.fires_always or coalesce(c.trigger_marks like '%/A/%', false)
                              or coalesce(pgq_connect.trigger_marks(c) like '%/A/%', false)
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and exists (select from pg_class where oid = c.table_oid)
           and (c.trigger_marks is distinct from pgq_connect.trigger_marks(c)
                or c.row_marks is distinct from pgq_connect.row_marks(c))), dropped as (
        -- Partitions that were captured by themselves, as long as there is another.
        delete from pgq_connect.captured_table c
         where c.queue_name = queue and c.table_schema = schema_of and c.table_name = name_of
           and not exists (select from pg_class where oid = c.table_oid)
           -- In a database that was restored from a dump it may be there, under another oid.
           and c.row_marks -> 'catalog' = to_jsonb(pgq_connect.catalog_sign())
           and exists (select from pgq_connect.captured_table k join pg_class there on there.oid = k.table_oid
                        where k.queue_name = queue and k.table_schema = schema_of and k.table_name = name_of)
        returning 1)
    select (select count(*) from (select partition_oid from gone union select partition_oid from written) p) + (select count(*) from back) + (select count(*) from dropped)
$$;
