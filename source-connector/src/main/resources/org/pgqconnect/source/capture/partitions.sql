-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- PostgreSQL clones row triggers onto partitions, not those for TRUNCATE; and what ATTACH, DETACH and DROP do to the rows of
-- the whole fires no trigger. So each partition has a TRUNCATE trigger of its own, made when the partition is taken up, and
-- rows that were in it before are captured then.

-- Function pgq_connect.partition_events: a statement that writes an event for each row of a partition.
-- Parameters: queue; partition; chosen: the operator's key columns or NULL; options or NULL; kind: of events.
-- Returns: SQL text.
create or replace function pgq_connect.partition_events(q pgq.queue, rel oid, chosen text[], options jsonb, kind text)
    returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    root  oid   := coalesce(pg_partition_root(rel::regclass), rel);
    shape jsonb := pgq_connect.shape(options, root, chosen);
    l     pgq_connect.layout%rowtype;
    r     text;
begin
    if options is null then
        select * into strict l from pgq_connect.register_layout(q.queue_name, rel, chosen);
        r := pgq_connect.row_alias(l);
        shape := jsonb_build_object('image', pgq_connect.text_of(replace(r, '%', '%%')), 'passes', 'true');
    else
        l := pgq_connect.register_shaped_layout(q.queue_name, root, shape);
        r := pgq_connect.row_alias(l);
    end if;
    return 'insert into ' || pgq_connect.event_table(q, q.queue_cur_table)
           || pgq_connect.insert_head(q, l, format('%L, %s, null', kind, pgq_connect.shape_image(shape, r)),
                                      quote_literal(l.layout_id))
           || format(' from only %s %s where %s', rel::regclass, r, pgq_connect.shape_passes(shape, r));
end
$$;

-- Function pgq_connect.truncate_partition: captures a TRUNCATE of one partition, before it happens, as the deletes of its
-- rows: subscribers may have other partitions, or none. A TRUNCATE of the whole comes as one event of its own, and
-- marks the transaction, so that the partitions' triggers, which fire as well, write nothing.
-- Parameters: queue; the trigger's TG_RELID; chosen, options: as in capture_steps and shaped_steps; marker: a setting.
-- Returns: nothing; an error when the rows cannot be seen, because a TRUNCATE that subscribers miss is worse.
create or replace function pgq_connect.truncate_partition(
    queue text, rel oid, chosen text[], options jsonb, marker text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q      pgq.queue%rowtype := pgq_connect.queue_for_capture(queue, rel);
    before jsonb;
    added  bigint;
begin
    if (select relkind from pg_class where oid = rel) = 'p' then
        perform set_config(marker, 'y', true);
        return;
    end if;
    if current_setting(marker, true) = 'y' then
        return;
    end if;
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'TRUNCATE of partition % cannot be captured in a transaction of isolation level %', rel::regclass,
            current_setting('transaction_isolation')
            using errcode = 'feature_not_supported',
                  detail = 'It removes rows that the transaction does not see, so their deletes could not be captured.',
                  hint = format('Use READ COMMITTED, or DELETE FROM %s, or TRUNCATE the whole table %s', rel::regclass,
                                pg_partition_root(rel::regclass));
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
    update pgq_connect.captured_partition set emptied = true where queue_name = queue and partition_oid = rel;
end
$$;

-- Function pgq_connect.guard_partition: puts the TRUNCATE trigger on a partition, if the rights are there.
-- Parameters: the captured table; the queue's id; the partition.
-- Returns: whether the trigger is there.
create or replace function pgq_connect.guard_partition(c pgq_connect.captured_table, queue_id integer, leaf oid)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if pgq_connect.is_guarded(c, leaf) then
        return true;
    end if;
    if not has_table_privilege(leaf, 'TRIGGER') or not has_table_privilege(leaf, 'SELECT')
        or (select relkind from pg_class where oid = leaf) <> 'r' then
        return false;
    end if;
    execute format('create trigger %I before truncate on %s for each statement execute function pgq_connect.%I()',
                   '00_pgq_connect_' || queue_id || '_p', leaf::regclass, c.function_name);
    return true;
end
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
-- trigger that was just created keeps writers away until the transaction ends, so the rows are what they are. Those
-- that are older than the row trigger, which came with ATTACH, are meant; a partition without any costs one look.
-- Parameters: the captured table; its queue; the partition; guarded: the trigger is there.
-- Returns: nothing; where the rows cannot be read, the whole table is to be copied again.
create or replace function pgq_connect.take_up_partition(
    c pgq_connect.captured_table, q pgq.queue, leaf oid, guarded boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    before jsonb;
    older  boolean;
begin
    if (select relkind from pg_class where oid = leaf) <> 'r' then
        return;
    end if;
    if not guarded or not pgq_connect.may_look_up(leaf) or current_setting('transaction_isolation') <> 'read committed' then
        delete from pgq_connect.table_copy
         where queue_name = c.queue_name and table_schema = c.table_schema and table_name = c.table_name;
        insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, requested_at)
            values (c.queue_name, c.table_schema, c.table_name, 'requested', clock_timestamp());
        return;
    end if;
    execute format(
        $sql$select exists (
            select from only %s r
              join pg_trigger t on t.tgrelid = %s and t.tgtype & 1 = 1
              join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'pgq_connect'::regnamespace and p.proname = %L
             where age(r.xmin) > age(t.xmin) or (r.xmin = t.xmin and r.cmin::text::bigint < t.cmin::text::bigint))$sql$,
        leaf::regclass, leaf, c.function_name) into older;
    if older then
        before := pgq_connect.pin_settings();
        execute pgq_connect.partition_events(q, leaf, case when c.key_chosen then c.key_columns end, c.options, 'c');
        perform pgq_connect.unpin_settings(before);
    end if;
end
$$;

-- Function pgq_connect.forget_partitions: no more reports of partitions that are gone, because the table is copied again or
-- subscribers are to keep their rows.
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
        returning 1)
    select count(*) from gone
$$;
