-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._trigger_event: writes the event of one change, for pgq.sqltriga, pgq.logutriga and pgq.jsontriga.
-- It runs as the writer and in the writer's search path, because the expressions in a trigger's arguments do, and the
-- text of some types depends on the path; so every name and operator in it is qualified. Like the trigger functions and
-- those that evaluate these expressions it is stable, which gives the expressions the snapshot of the statement that
-- fired the trigger, and keeps them from writing, as in PgQ.
-- Parameters: the trigger function's name and variables; args from 0; the row after and before.
-- Returns: whether the operation itself is not to happen.
create or replace function pgq._trigger_event(
    tg text, tg_when text, tg_level text, tg_op text, rel oid, its_schema text, its_name text, args text[],
    new_row record, old_row record) returns boolean
    language plpgsql stable
as $$
declare
    full_name constant pg_catalog.text := pg_catalog.concat(its_schema, '.', its_name);
    o         record;
    now_row   record;
    now_json  pg_catalog.json;
    old_json  pg_catalog.json;
    now_vals  pg_catalog.text[];
    old_vals  pg_catalog.text[];
    left_out  pg_catalog.text[];
    diff      record;
    changed   pg_catalog.text[];
    col       pg_catalog.text;
    differs   boolean;
    fields    pg_catalog.text[];
begin
    if pg_catalog.current_setting('session_replication_role') operator(pg_catalog.=) 'local' then
        return false;
    end if;
    select * into o from pgq._trigger_options(tg_when, tg_level, tg_op, rel, full_name, args);
    fields := array[pgq._trigger_type(tg, tg_op, its_schema, its_name, o.key_text, o.key_names), '', full_name,
                    null, null, null];
    if tg_op operator(pg_catalog.=) 'TRUNCATE' then
        if tg operator(pg_catalog.=) 'jsontriga' then
            fields[2] := '{}';
        end if;
        perform pgq.insert_event(o.queue, fields[1], fields[2], fields[3], null::pg_catalog.text, null::pg_catalog.text, null::pg_catalog.text);
        return o.skip;
    end if;

    if tg_op operator(pg_catalog.=) 'DELETE' then
        now_row := old_row;
    else
        now_row := new_row;
    end if;
    now_vals := pgq._row_values(now_row::pg_catalog.text);
    left_out := pgq._left_out(o.names, o.ignored);
    if tg_op operator(pg_catalog.=) 'UPDATE' then
        old_vals := pgq._row_values(old_row::pg_catalog.text);
        if tg_when operator(pg_catalog.=) 'BEFORE' and true operator(pg_catalog.=) any (o.generated) then
            now_vals := pgq._keep_generated(o.generated, old_vals, now_vals);
            if o.expressions is not null or tg operator(pg_catalog.=) 'jsontriga' then
                execute pg_catalog.concat('select ', pgq._row_with_generated(its_schema, its_name, o.names, o.generated), ' as its')
                   into diff using new_row, old_row;
                now_row := diff.its;
            end if;
        end if;
        -- Without columns to leave out, a whole row is written whatever changed, and only the key matters.
        select * into diff
          from pgq._changed_columns(o.names, o.types, old_vals, now_vals,
                                    case when tg operator(pg_catalog.<>) 'sqltriga' and o.ignored is null
                                         then o.keys end);
        if diff.changed is not null then
            select * into diff from pgq._doubt_collations(rel, diff.changed, diff.doubtful);
        end if;
        changed := diff.changed;
        if diff.doubtful is not null then
            foreach col in array diff.doubtful loop
                begin
                    execute pg_catalog.format('select not pg_catalog.record_eq(row(($1).%1$I), row(($2).%1$I))', col)
                       into differs using old_row, new_row;
                exception
                    when undefined_function then
                        differs := true; -- a type without "="
                end;
                if differs then
                    changed := pg_catalog.array_append(changed, col);
                end if;
            end loop;
        end if;
        if not pgq._is_of_interest(tg, changed, o.keys, left_out, o.ignored, full_name) then
            return o.skip;
        end if;
    end if;
    if o.expressions[2] is not null and tg operator(pg_catalog.<>) 'sqltriga' then
        fields[2] := null; -- an expression takes its place
    elsif tg operator(pg_catalog.=) 'logutriga' then
        fields[2] := pgq._urlencode_row(o.names, now_vals, left_out);
    elsif tg operator(pg_catalog.=) 'sqltriga' then
        fields[2] := pgq._sql_row(tg_op, o.names, o.keys, left_out, now_vals, old_vals, changed);
    else
        if pgq._has_dates(o.types) then
            now_json := pg_catalog.row_to_json(now_row);
            old_json := pg_catalog.row_to_json(old_row);
        end if;
        fields[2] := pgq._json_row(o.names, o.types, now_vals, left_out, now_json);
    end if;
    if o.backup and old_vals is not null then
        if tg operator(pg_catalog.=) 'jsontriga' then
            fields[4] := pgq._json_row(o.names, o.types, old_vals, left_out, old_json);
        else
            fields[4] := pgq._urlencode_row(o.names, old_vals, left_out);
        end if;
    end if;
    if left_out is not null then
        fields := pgq._magic_fields(fields, o.names, now_vals);
    end if;
    if o.expressions is not null then
        if not pgq._trigger_condition(o.expressions[7], o.names, now_row) then
            return o.skip;
        end if;
        for i in 1 .. 6 loop
            if o.expressions[i] is not null then
                fields[i] := pgq._trigger_expression(o.expressions[i], o.names, now_row);
            end if;
        end loop;
    end if;
    perform pgq.insert_event(o.queue, fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
    return o.skip;
end
$$;
