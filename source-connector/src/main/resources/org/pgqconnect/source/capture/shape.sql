-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- The shape of a captured table is what its options make of its rows: which columns, masked how, which rows.
-- Options say it by column number as well as by name, so a mask stays with its column when that is renamed, and with
-- its name when the column is dropped and made anew. What is not known or no longer fits is closed, never open: the
-- column becomes NULL, and capture_status says so.

-- Function pgq_connect.shape: what a table's options make of its rows as they are now.
-- Parameters: options; the captured table; chosen: the operator's key columns, or NULL for the primary
-- key; copying: for a role that reads the table and cannot see the salt.
-- Returns: jsonb: image: the SQL text of a row's captured text, for format() with the row's alias; passes: that of the
-- condition, in the same way; columns: as in pgq_connect.layout; key_columns; fingerprint; problems: what is closed,
-- NULL when all is well; closed: no row passes; complete: as in pgq_connect.layout.
create or replace function pgq_connect.shape(options jsonb, rel oid, chosen text[], copying boolean default false)
    returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    stale     constant boolean := not pgq_connect.columns_are_seen(rel);
    known     constant boolean := (options ->> 'table')::oid is not distinct from rel;
    entries   constant jsonb   := coalesce(options -> 'columns', '[]');
    only_some constant boolean := coalesce((options ->> 'only')::boolean, false);
    key_names text[]  := pgq_connect.usable_key(rel, chosen);
    names     text[]  := '{}';
    hidden    integer[] := '{}';
    unclear   boolean := false;
    closed    boolean := false;
    fields    text[]  := '{}';
    sources   text[]  := '{}';
    columns   jsonb   := '[]';
    problems  text[]  := '{}';
    passes    text    := 'true';
    field     text;
    reason    text;
    col       record;
    entry     record;
    term      record;
begin
    select coalesce(array_agg(n.name), '{}') into names
      from pg_attribute a
     cross join lateral (select case when stale then pgq_connect.column_now(rel, a.attnum) else a.attname::text end) n (name)
     where a.attrelid = rel and a.attnum > 0 and not a.attisdropped and n.name is not null;
    if stale then
        key_names := array(select pgq_connect.column_now(rel, a.attnum) from unnest(key_names) with ordinality k (name, nr)
                             join pg_attribute a on a.attrelid = rel and a.attname = k.name order by k.nr);
    end if;
    if not known then
        -- Restored from a dump: numbers mean nothing, so a name that is missing may hide under any other.
        select string_agg(e ->> 'name', ', ') into reason
          from jsonb_array_elements(entries) e where e ->> 'as' <> 'include' and e ->> 'name' <> all (names);
        if reason is not null then
            unclear := true;
            problems := problems || format('the columns called %s when the table was added cannot be found, so all but the key'
                                           ' are replaced by NULL', reason);
        end if;
    end if;

    for col in
        select a.attnum::integer as attnum, n.name, a.atttypid as type_oid, a.atttypmod as typmod, a.attnotnull as not_null,
               a.attgenerated::text <> '' as generated, a.attgenerated::text = 'v' as is_virtual, null::text as treatment, null::text as constant
          from pg_attribute a
         cross join lateral (select case when stale then pgq_connect.column_now(rel, a.attnum) else a.attname::text end) n (name)
         where a.attrelid = rel and a.attnum > 0 and not a.attisdropped and n.name is not null
         -- Columns in clear come last to be looked at, when it is known what their expressions must not hold.
         order by a.attgenerated <> '', a.attnum
    loop
        if stale then
            execute format('select pg_typeof((null::%s).%I)::oid', rel::regclass, col.name) into col.type_oid;
            col.typmod := -1;
        end if;
        entry := null;
        select e ->> 'as' as treatment, e ->> 'constant' as constant into entry
          from jsonb_array_elements(entries) e
         where (known and (e ->> 'attnum')::integer = col.attnum)
            or (e ->> 'name' = col.name and (not known or e ->> 'as' <> 'include'))
            or (e ->> 'given' = col.name and e ->> 'as' <> 'include')
         order by array_position('{exclude,"null",constant,hash,include}', e ->> 'as') limit 1;
        col.treatment := entry.treatment;
        col.constant := entry.constant;
        if col.treatment = 'include' or (col.treatment is null and (not only_some or col.name = any (key_names))) then
            col.treatment := 'clear';
        end if;
        col.treatment := coalesce(col.treatment, 'exclude');
        if col.treatment = 'clear' and unclear and col.name <> all (key_names) then
            col.treatment := 'null';
        end if;
        if col.treatment = 'clear' and col.generated
            and exists (select from pgq_connect.generated_from(rel) g where g.attnum = col.attnum and g.sources && hidden) then
            problems := problems || format('column %s is generated from hidden ones, so it is left out', quote_ident(col.name));
            col.treatment := 'exclude';
        end if;
        if col.treatment <> 'clear' then
            hidden := hidden || col.attnum;
        end if;
        if col.treatment = 'exclude' then
            if col.name = any (key_names) then
                problems := problems || format('key column %s is left out, so rows cannot be identified', quote_ident(col.name));
                key_names := '{}';
            end if;
            continue;
        end if;
        if col.treatment in ('hash', 'constant') then
            reason := pgq_connect.mask_problem(col.treatment, col.constant, col.type_oid, col.typmod);
            if reason is not null then
                problems := problems || format('column %s is replaced by NULL, because %s', quote_ident(col.name), reason);
                col.treatment := 'null';
            end if;
        end if;
        if col.treatment in ('null', 'constant') and col.name = any (key_names) then
            problems := problems || format('key column %s is masked, so rows cannot be identified', quote_ident(col.name));
            key_names := '{}';
        end if;
        columns := columns || jsonb_build_object(
            'attnum', col.attnum, 'name', col.name, 'type', format_type(col.type_oid, col.typmod),
            'base', pgq_connect.base_name(col.type_oid),
            'expanded', case when not stale and col.type_oid >= 16384 then pgq_connect.expanded_type(col.type_oid, col.typmod) end,
            'not_null', col.not_null and col.treatment <> 'null' and not stale, 'generated', col.generated,
            'collation', (select pgq_connect.loose_collation(attcollation) from pg_attribute where attrelid = rel and attnum = col.attnum),
            'fill', case when stale or col.treatment = 'null' then null
                         when col.treatment = 'clear' then pgq_connect.fill_of(rel, col.attnum::smallint)
                         -- What is made of a value is not known here, and of NULL a hash is NULL.
                         when col.treatment = 'constant' or pgq_connect.fill_of(rel, col.attnum::smallint) is not null
                         then 'COMPUTED' end,
            'number', pgq_connect.column_number(rel, col.attnum::smallint, col.name),
            'expression', case when not stale and col.treatment = 'clear' and col.generated
                               then (select pgq_connect.expression_of((number >> 16)::oid, (number & 65535)::smallint)
                                       from pgq_connect.column_number(rel, col.attnum::smallint, col.name) as number) end,
            'treatment', col.treatment, 'constant', col.constant,
            -- A trigger's rows have no value of a virtual column, and PostgreSQL 18 fails when one of a transition table
            -- is named.
            'unread', case when col.is_virtual and not copying then true end,
            'read_as', case when col.treatment = 'constant' then pgq_connect.plain_type(col.type_oid, col.typmod) end);
    end loop;
    select coalesce(jsonb_agg(c order by (c ->> 'attnum')::integer), '[]') into columns from jsonb_array_elements(columns) c;

    for col in select c ->> 'name' as name, c ->> 'treatment' as treatment, c ->> 'constant' as constant, c ->> 'read_as' as type,
                      c -> 'unread' = 'true' as unread
                 from jsonb_array_elements(columns) c
    loop
        field := '%1$s.' || replace(quote_ident(col.name), '%', '%%');
        fields := fields || case
            when col.treatment = 'null' then 'null::text'
            when col.treatment = 'constant' then replace(quote_literal(col.constant) || '::' || col.type, '%', '%%')
            when col.unread then 'null::text'
            when col.treatment = 'hash' and copying then format('pgq_connect.hashed(%s, %s::text)', options ->> 'salt', field)
            when col.treatment = 'hash' then format(
                'encode(sha256((select pgq_connect.salt_of(%s)) || convert_to(%s::text, %L)), ''hex'')',
                options ->> 'salt', field, pgq_connect.hash_encoding())
            else field
        end;
    end loop;

    if options ? 'where' then
        for term in select e ->> 'name' as name, (e ->> 'attnum')::integer as attnum, e ->> 'type' as type,
                           e ->> 'collation' as collation
                      from jsonb_array_elements(options -> 'where' -> 'columns') e
        loop
            field := case when known then pgq_connect.column_now(rel, term.attnum)
                          when term.name = any (names) then term.name end;
            reason := null;
            if field is not null then
                execute format('select format_type(pg_typeof((null::%s).%I), null)', rel::regclass, field) into reason;
            end if;
            if reason is distinct from term.type then
                closed := true;
                problems := problems || format(
                    'column %s, which the row condition needs, was dropped or is no %s any more, so no row is captured',
                    quote_ident(term.name), term.type);
                continue;
            end if;
            reason := null;
            if term.collation is not null then
                -- With another one it is true of other rows, also of those that are there.
                execute format(E'select replace(pg_collation_for((null::%s).%I), \'"\', \'\')', rel::regclass, field) into reason;
            end if;
            if reason <> term.collation then
                closed := true;
                problems := problems || format(
                    'column %s, which the row condition needs, is compared by collation %s and no longer by %s, so no row is captured',
                    quote_ident(term.name), reason, term.collation);
            else
                sources := sources || format('%%1$s.%s as %s', replace(quote_ident(field), '%', '%%'),
                                             replace(quote_ident(term.name), '%', '%%'));
            end if;
        end loop;
        passes := case when closed then 'false'
                       else format('(select (%s) is true from (select %s) c)',
                                   replace(options -> 'where' ->> 'sql', '%', '%%'), array_to_string(sources, ', ')) end;
    end if;
    return jsonb_build_object(
        'image', 'row(' || array_to_string(fields, ', ') || ')::text',
        'passes', passes,
        'columns', (select coalesce(jsonb_agg(c - '{attnum,treatment,constant,read_as,unread}'::text[] order by nr), '[]')
                      from jsonb_array_elements(columns) with ordinality x (c, nr)),
        'key_columns', to_jsonb(key_names),
        'problems', nullif(array_to_string(problems, '; '), ''),
        'closed', closed,
        'complete', not stale,
        'fingerprint', md5(jsonb_build_array(pgq_connect.captured_name(rel), pgq_connect.shape_of(rel),
                                             (select jsonb_agg(c - '{number,expanded,unread}'::text[]) from jsonb_array_elements(columns) c), passes,
                                             options)::text));
end
$$;
