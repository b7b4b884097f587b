-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.nested_writes_reason: why rows of a table may be changed while a statement that changes them runs.
-- AFTER triggers fire at the end of their own statement, so the nested change is captured first and the outer one,
-- with an image that is out of date by then, last. What is in the table has to be looked up then.
-- Functions of the server itself (suppress_redundant_updates_trigger ...) write nothing.
-- Parameters: a table's oid; of a partition, all of its tree counts.
-- Returns: text; NULL when the images can be trusted.
create or replace function pgq_connect.nested_writes_reason(rel oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with rels as (
        select rel as oid union select relid from pg_partition_tree(pg_partition_root(rel::regclass)))
    select coalesce(
        (select format('row trigger %s of table %s may change other rows of it', quote_ident(t.tgname), t.tgrelid::regclass)
           from pg_trigger t join pg_proc p on p.oid = t.tgfoid
          where t.tgrelid in (select oid from rels) and not t.tgisinternal and t.tgtype & 65 = 1
            and p.pronamespace not in ('pgq_connect'::regnamespace, 'pg_catalog'::regnamespace)
          order by t.tgname, t.tgrelid limit 1),
        (select 'it has a foreign key to itself that changes rows'
           from pg_constraint
          where contype = 'f' and conrelid in (select oid from rels) and confrelid in (select oid from rels)
            and (confupdtype in ('c', 'n', 'd') or confdeltype in ('c', 'n', 'd'))
          limit 1),
        pgq_connect.acted_on_reason(rel))
$$;

-- Function pgq_connect.key_match: the condition that a row has another one's key, by a unique index where there is one.
-- Parameters: table; key columns; what to qualify the columns with on the left and on the right.
-- Returns: SQL text.
create or replace function pgq_connect.key_match(rel oid, key_columns text[], lhs text, rhs text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        -- The operators are those of the index, so that types whose operators lie in other schemas work.
        (select string_agg(pgq_connect.fill_template(
                    '{{lhs}}.{{"name"}}{{cast}} operator({{"schema"}}.{{operator}}) {{rhs}}.{{"name"}}{{cast}}',
                    'lhs', lhs, 'rhs', rhs, 'name', a.attname, 'cast', pgq_connect.operand_cast(a.atttypid, oc.opcintype),
                    'schema', n.nspname, 'operator', op.oprname), ' and ')
           from pg_index i
          cross join unnest(i.indkey, i.indclass) k (attnum, opclass)
           join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and a.attnotnull
           join pg_opclass oc on oc.oid = k.opclass
           join pg_amop am on am.amopfamily = oc.opcfamily and am.amopstrategy = 3
                          and am.amoplefttype = oc.opcintype and am.amoprighttype = oc.opcintype
           join pg_operator op on op.oid = am.amopopr
           join pg_namespace n on n.oid = op.oprnamespace
          where i.indrelid = rel and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
            and k.opclass is not null
          group by i.indexrelid, i.indisprimary, i.indnkeyatts
         having count(*) = i.indnkeyatts
            and array_agg(a.attname::text order by a.attname::text) = (select array_agg(name order by name) from unnest(key_columns) name)
          order by i.indisprimary desc limit 1),
        (select format('row(%s)::record *= row(%s)::record', string_agg(format('%s.%I', lhs, name), ', ' order by nr),
                       string_agg(format('%s.%I', rhs, name), ', ' order by nr))
           from unnest(key_columns) with ordinality k (name, nr)))
$$;

-- Function pgq_connect.present_only: the condition that a row which was looked up by a key that has just been captured is in the table.
-- Above READ COMMITTED a transaction also sees rows that others have deleted since its snapshot was taken. This transaction wrote the
-- key, so a row of it that another transaction wrote is such a row: otherwise the unique index had refused the write, or waited.
-- Parameters: the table, the root of a partition; its key columns; its alias.
-- Returns: SQL text, to be put after other conditions; empty when rows of others may have the same key for a moment, and when a
-- foreign table may have no xmin to ask.
create or replace function pgq_connect.present_only(rel oid, key_columns text[], alias text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when exists (select from pg_index where indexrelid = pgq_connect.key_index(rel, key_columns) and indimmediate)
                    and not exists (select from pg_class
                                     where relkind = 'f'
                                       and oid in (select rel union select relid from pg_partition_tree(rel::regclass)))
                   -- Not as a function: that would be planned anew in each statement, and is asked for each row.
                   then format(' and (current_setting(''transaction_isolation'') in (''read committed'', ''read uncommitted'')'
                               ' or pgq_connect.is_own(%s.xmin))', alias)
               else ''
           end
$$;

-- Function pgq_connect.correcting_events: the events that correct what was just captured where the table says otherwise
-- by now, as the end of an INSERT, from the columns on.
-- Parameters: the table, the root of a partition; queue; its layout; images: rows just captured, as a FROM item with
-- alias image_alias, NULL when that is a variable (OLD, NEW); deleted: they were captured as deleted;
-- image_layout: number of the images' layout, as SQL text; shape: of a table with options, else NULL: rows that its
-- condition rejects are as good as not there.
-- Returns: SQL text; NULL when there is no key.
create or replace function pgq_connect.correcting_events(
    rel oid, q pgq.queue, l pgq_connect.layout, images text, image_alias text, deleted boolean, image_layout text,
    shape jsonb default null)
    returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.insert_head(q, l, 'e.kind, e.data, null', 'e.layout_nr') || pgq_connect.fill_template($sql$ from (
                    select x.kind, x.data, x.layout_nr
                      from {{images}}
                      left join lateral (select {{present}} as data, row({{present_key}}) as key
                                           from {{only}}{{table}} present where {{same_key}}{{passes}}{{is_present}} offset 0) there on true
                     cross join lateral (values
                           ('d', {{image}}, {{image_layout}}, 0, {{is_gone}}),
                           ('c', there.data, {{'layout_id'}}, 1, there.data <> {{passed_image}})) x (kind, data, layout_nr, phase, applies)
                     where x.applies order by x.phase) e$sql$,
               'images', coalesce(images || ' ' || image_alias, '(select) one'),
               'present', case when shape is null then pgq_connect.text_of('present.*') else pgq_connect.shape_image(shape, 'present') end,
               'present_key', string_agg(format('present.%I', name), ', ' order by nr),
               'only', case when (select relkind from pg_class where oid = rel) = 'p' then '' else 'only ' end,
               'table', rel::regclass::text,
               'same_key', pgq_connect.key_match(rel, l.key_columns, 'present', image_alias),
               'passes', case when shape is null then '' else ' and ' || pgq_connect.shape_passes(shape, 'present') end,
               'is_present', pgq_connect.present_only(rel, l.key_columns, 'present'),
               'image', case when shape is null then pgq_connect.text_of(image_alias) else pgq_connect.shape_image(shape, image_alias) end,
               'image_layout', image_layout,
               'is_gone', case when deleted then 'false'
                    else format(case when shape is null then '%s' else '(%s) and %s' end,
                                format('there.data is null or there.key *<> row(%s)',
                                       string_agg(format('%s.%I', image_alias, name), ', ' order by nr)),
                                pgq_connect.shape_passes(shape, image_alias)) end,
               'layout_id', l.layout_id::text,
               'passed_image', case when deleted then '''''' when shape is null then pgq_connect.text_of(image_alias)
                    else format('case when %s then %s else '''' end', pgq_connect.shape_passes(shape, image_alias),
                                pgq_connect.shape_image(shape, image_alias)) end)
      from unnest(l.key_columns) with ordinality k (name, nr)
    having count(*) > 0
$$;

-- Function pgq_connect.correction_reason: why what a captured table's trigger function has just captured may be wrong by now.
-- Parameters: captured table.
-- Returns: text; NULL when it is right.
create or replace function pgq_connect.correction_reason(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        pgq_connect.nested_writes_reason(c.table_oid),
        case when c.form = 'statement'
             then pgq_connect.chained_actions_reason(c.table_oid, c.key_columns, c.options is not null) end)
$$;

-- Function pgq_connect.corrections: correcting_events for a generated trigger function; nothing happens when the right to
-- look was taken away, because the application's statement must not fail for that.
-- Parameters: captured table, queue, layout, and as there; indent.
-- Returns: PL/pgSQL text; empty when the table needs none.
create or replace function pgq_connect.corrections(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, images text, image_alias text, deleted boolean,
    image_layout text, shape jsonb default null) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when pgq_connect.correction_reason(c) is null or l.key_columns = '{}' or pgq_connect.captures_late(c) then ''
               else format(E'\n            if pgq_connect.may_look_up(%s) then\n%s\n            end if;', c.table_oid,
                           pgq_connect.by_event_table(
                               q, pgq_connect.correcting_events(
                                      c.table_oid, q, l, images, image_alias, deleted, image_layout, shape), '                '))
           end
$$;

-- Function pgq_connect.may_look_up: whether this role sees all rows of a table.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.may_look_up(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select has_table_privilege(rel, 'SELECT') and not row_security_active(rel)
$$;

-- Function pgq_connect.look_up_reason: why rows of a table may have to be looked up in either form of capture.
-- Parameters: a table's oid; the key that its rows are captured by.
-- Returns: text; NULL when they need not be.
create or replace function pgq_connect.look_up_reason(rel oid, key_columns text[]) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        pgq_connect.nested_writes_reason(rel),
        case when pgq_connect.has_deferrable_key(rel, key_columns)
             then 'its key is deferrable, so that transactions may hold rows of one key at the same time' end)
$$;

-- Function pgq_connect.check_look_up: raises an error when the rows of a table would have to be looked up and cannot be.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.check_look_up(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    reason text := pgq_connect.look_up_reason(c.table_oid, c.key_columns);
    reader oid := coalesce((select proowner from pg_proc where pronamespace = 'pgq_connect'::regnamespace
                                                           and proname = c.function_name), current_user::regrole);
    foreign_schema oid;
begin
    -- Keys that one transaction deletes and inserts are looked up in any table.
    select op.oprnamespace into foreign_schema
      from pg_index i
     cross join unnest(i.indclass) k (opclass)
      join pg_opclass oc on oc.oid = k.opclass
      join pg_amop am on am.amopfamily = oc.opcfamily and am.amopstrategy = 3
                     and am.amoplefttype = oc.opcintype and am.amoprighttype = oc.opcintype
      join pg_operator op on op.oid = am.amopopr
     where i.indexrelid = pgq_connect.key_index(c.table_oid, c.key_columns)
       and not has_schema_privilege(reader, op.oprnamespace, 'USAGE')
     limit 1;
    if found then
        raise exception 'Role % may not use schema %, which has the operators that the key of table % is looked up with',
            reader::regrole, foreign_schema::regnamespace, c.table_oid::regclass using errcode = 'insufficient_privilege',
            hint = format('The schema''s owner can run: GRANT USAGE ON SCHEMA %s TO %s;', foreign_schema::regnamespace, reader::regrole);
    end if;
    if reason is null then
        return;
    end if;
    if not has_table_privilege(reader, c.table_oid, 'SELECT') then
        raise exception 'Role % may not read table %, but has to look up changed rows there, because %',
            reader::regrole, c.table_oid::regclass, reason using errcode = 'insufficient_privilege',
            hint = format('The table''s owner can run: GRANT SELECT ON %s TO %s;', c.table_oid::regclass, reader::regrole);
    end if;
    if row_security_active(c.table_oid) then
        raise exception 'Row security hides rows of table % from role %, which has to look up changed rows there, because %',
            c.table_oid::regclass, reader::regrole, reason using errcode = 'insufficient_privilege',
            hint = format('A superuser can run: ALTER ROLE %s BYPASSRLS;', reader::regrole);
    end if;
end
$$;
