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
    -- CREATE TRIGGER on a partitioned table asks for the right on each of its partitions.
    select string_agg(rel::text, ', ' order by rel::oid) into missing
      from (select tbl union select relid from pg_partition_tree(tbl)) tree (rel)
     where not has_table_privilege(rel, 'TRIGGER');
    if missing is not null then
        raise exception 'Role % lacks the privilege to put triggers on table %', current_user, tbl using errcode = 'insufficient_privilege',
            hint = format('The table''s owner can run: GRANT TRIGGER ON %s TO %I;', missing, current_user);
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
        raise exception 'Table % has no primary key, so its rows cannot be identified', tbl
            using errcode = 'invalid_table_definition',
                  hint = format('Add one: ALTER TABLE %s ADD PRIMARY KEY (...); or name columns that identify a row:'
                                ' --key column,column', tbl);
    end if;
    return q;
end
$$;
