-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._changed_columns: which columns of an updated row differ, as far as texts can tell.
-- Parameters: the columns' names and types; the values before and after; only_of: the columns of interest, NULL for
-- all.
-- Returns: changed: they differ for certain; doubtful: only the type's own "=" can tell, as for 1.0 and 1.00.
create or replace function pgq._changed_columns(
    in names text[], in types oid[], in old_vals text[], in new_vals text[], in only_of text[],
    out changed text[], out doubtful text[])
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- Equal values have equal texts, or there is no "=".
    by_text constant oid[] := array['bool', 'bytea', '"char"', 'name', 'int8', 'int2', 'int4', 'text', 'oid', 'json', 'xml',
                                    'point', 'lseg', 'path', 'box', 'polygon', 'line', 'circle', 'varchar', 'date',
                                    'timestamp', 'timestamptz', 'uuid', 'regclass', 'jsonpath']::regtype[]::oid[];
    rounded constant boolean := current_setting('extra_float_digits')::integer < 1;
begin
    select array_agg(name) filter (where by_its_text), array_agg(name) filter (where not by_its_text)
      into changed, doubtful
      from (select name, type = any (by_text) or exists (select from pg_type t where t.oid = type and t.typcategory = 'A')
                         or (old_value is null) <> (new_value is null) as by_its_text
              from unnest(names, types, old_vals, new_vals) c (name, type, old_value, new_value)
             where (only_of is null or name = any (only_of))
               and (old_value is distinct from new_value
                    or rounded and type in ('float4'::regtype, 'float8'::regtype))) c;
end
$$;

-- Function pgq._doubt_collations: texts that differ may be equal by a collation that is not deterministic.
-- Parameters: the table; columns by pgq._changed_columns.
-- Returns: the same columns, but those with such a collation are doubtful.
create or replace function pgq._doubt_collations(in rel oid, inout changed text[], inout doubtful text[])
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    collated text[];
begin
    select array_agg(a.attname::text) into collated
      from pg_attribute a
      join pg_collation k on k.oid = a.attcollation
     where a.attrelid = rel and a.attname = any (changed) and not k.collisdeterministic
       and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'name'::regtype);
    if collated is not null then
        doubtful := array_cat(doubtful, collated);
        changed := nullif(array(select name from unnest(changed) name where name <> all (collated)), '{}');
    end if;
end
$$;

-- Function pgq._is_magic: whether a column overrides a field of the event.
-- Parameters: the column's name.
-- Returns: boolean; raises an error for a name that only looks like one of these.
create or replace function pgq._is_magic(name text) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if name not like E'\\_pgq\\_ev\\_%' then
        return false;
    end if;
    if substr(name, 9) not in ('type', 'data', 'extra1', 'extra2', 'extra3', 'extra4') then
        raise exception 'Unknown magic column: %', name using errcode = 'internal_error';
    end if;
    return true;
end
$$;

-- Function pgq._trigger_type: the event type of a change.
-- Parameters: trigger, operation, the table, the key as text and in parts.
-- Returns: text.
create or replace function pgq._trigger_type(tg text, op text, its_schema text, its_name text, key_text text,
                                             key_names text[]) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if tg = 'jsontriga' then
        return format('{"op":"%s","table":[%s,%s],"pkey":[%s]}', op, to_json(its_schema), to_json(its_name),
                      (select string_agg(to_json(name)::text, ',' order by nr)
                         from unnest(key_names) with ordinality k (name, nr)));
    elsif op = 'TRUNCATE' then
        return 'R';
    elsif tg = 'sqltriga' then
        return left(op, 1);
    end if;
    return left(op, 1) || ':' || key_text;
end
$$;

-- Function pgq._left_out: the columns that are no part of an event's data.
-- Parameters: the columns' names; the ignored ones, NULL for none.
-- Returns: names, NULL for none.
create or replace function pgq._left_out(names text[], ignored text[]) returns text[]
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    magic text[];
begin
    if array_to_string(names, ',') like E'%\\_pgq\\_ev\\_%' then
        select array_agg(name) into magic from unnest(names) name where pgq._is_magic(name);
    end if;
    return nullif(array_cat(magic, ignored), '{}');
end
$$;

-- Function pgq._keep_generated: before an update, generated columns still have their old values.
-- Parameters: which columns are generated; the values before and after.
-- Returns: the values after.
create or replace function pgq._keep_generated(generated boolean[], old_vals text[], new_vals text[]) returns text[]
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select array_agg(case when is_generated then old_value else new_value end order by nr)
      from unnest(generated, old_vals, new_vals) with ordinality c (is_generated, old_value, new_value, nr)
$$;

-- Function pgq._row_with_generated: the row after an update with these values, as an expression.
-- Parameters: the table; the columns' names and which of them are generated.
-- Returns: SQL text with the rows after and before as parameters 1 and 2.
create or replace function pgq._row_with_generated(its_schema text, its_name text, names text[], generated boolean[])
    returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select format('row(%s)::%I.%I',
                  string_agg(format('($%s).%I', case when is_generated then 2 else 1 end, name), ', ' order by nr),
                  its_schema, its_name)
      from unnest(names, generated) with ordinality c (name, is_generated, nr)
$$;

-- Function pgq._is_of_interest: whether an update is worth an event. One that changed nothing is; one that changed only
-- columns that are left out is not.
-- Parameters: trigger; changed columns, key, columns to leave out, ignored ones; the table, for messages.
-- Returns: boolean; raises an error when the key changed.
create or replace function pgq._is_of_interest(tg text, changed text[], keys text[], left_out text[], ignored text[],
                                               table_name text) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    col text;
begin
    if changed is null then
        return true;
    end if;
    foreach col in array changed loop
        if col = any (keys) and not pgq._is_magic(col) then
            raise exception 'primary key update not allowed'
                using errcode = 'internal_error', detail = format('Column %s of table %s.', col, table_name),
                      hint = 'Delete the row and insert it with its new key,'
                             ' or capture the table with pgq_connect.add_table, whose triggers take key changes.';
        end if;
    end loop;
    return (tg <> 'sqltriga' and ignored is null) or not (changed <@ coalesce(left_out, '{}'));
end
$$;

-- Function pgq._has_dates: whether a row has columns that JSON events show in ISO 8601.
-- Parameters: types.
-- Returns: boolean.
create or replace function pgq._has_dates(types oid[]) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return types && array[1082, 1114, 1184]::oid[]; -- date, timestamp, timestamptz
end
$$;

-- Function pgq._magic_fields: puts the values of magic columns into the event's fields.
-- Parameters: ev_type, ev_data, ev_extra1 .. ev_extra4; the columns' names and values.
-- Returns: the fields.
create or replace function pgq._magic_fields(fields text[], names text[], vals text[]) returns text[]
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    kinds constant text[] := array['type', 'data', 'extra1', 'extra2', 'extra3', 'extra4'];
begin
    for i in 1 .. coalesce(cardinality(names), 0) loop
        if pgq._is_magic(names[i]) then
            fields[array_position(kinds, substr(names[i], 9))] := vals[i];
        end if;
    end loop;
    return fields;
end
$$;
