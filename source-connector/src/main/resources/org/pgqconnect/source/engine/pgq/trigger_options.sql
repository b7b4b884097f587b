-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq._trigger_options: what the arguments of a PgQ trigger select, and the columns of its table.
-- Volatile, so that it sees the columns that the row has: a statement's own snapshot may be older than its table's
-- lock.
-- Parameters: the trigger's variables; args from 0, the queue first.
-- Returns: queue; skip, whether the operation itself is not to happen; backup, whether the old row is wanted;
-- ignored and keys: column names; key_text: the key as event types name it, key_names: its parts as written;
-- expressions for ev_type, ev_data, ev_extra1 .. ev_extra4 and the condition, in this order; columns:
-- names, types, and whether generated. Raises an error when the arguments make no sense or say "deny".
create or replace function pgq._trigger_options(
    in tg_when text, in tg_level text, in tg_op text, in rel oid, in table_name text, in args text[],
    out queue text, out skip boolean, out backup boolean, out ignored text[], out keys text[], out key_text text,
    out key_names text[], out expressions text[], out names text[], out types oid[], out generated boolean[])
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    fields    constant text[] := array['ev_type', 'ev_data', 'ev_extra1', 'ev_extra2', 'ev_extra3', 'ev_extra4', 'when'];
    gap       constant text := E'[ \\t\\n\\v\\f\\r,]+';
    numbers   smallint[];
    index_key int2vector;
    place     smallint;
    deny      boolean := false;
    word      text;
    rest      text;
    field_nr  integer;
begin
    queue := args[0];
    skip := false;
    backup := false;
    if queue is null then
        raise exception 'pgq trigger must have destination queue as argument'
            using errcode = 'internal_error', detail = format('Table %s.', table_name);
    end if;
    for i in 1 .. cardinality(args) - 1 loop
        word := split_part(args[i], '=', 1);
        rest := substr(args[i], length(word) + 2);
        field_nr := array_position(fields, word);
        if args[i] = 'SKIP' then
            skip := true;
        elsif args[i] = 'backup' then
            backup := true;
        elsif args[i] = 'deny' then
            deny := true;
        elsif strpos(args[i], '=') = 0 then
            field_nr := -1;
        elsif word = 'ignore' then
            ignored := array_remove(regexp_split_to_array(rest, gap), '');
        elsif word = 'pkey' then
            key_text := rest;
        elsif field_nr is null then
            field_nr := -1;
        elsif expressions[field_nr] is null then
            expressions[field_nr] := rest;
        end if;
        if field_nr = -1 then
            raise exception 'bad param to pgq trigger'
                using errcode = 'internal_error',
                      detail = format('Argument "%s" of a trigger on table %s.', args[i], table_name),
                      hint = 'Known are SKIP, ignore=, pkey=, backup, deny, when=, ev_type=, ev_data=, ev_extra1= .. ev_extra4=.';
        end if;
    end loop;
    if skip and tg_when = 'AFTER' then
        raise exception 'SKIP does not work in AFTER trigger.'
            using errcode = 'internal_error', detail = format('Table %s.', table_name);
    end if;
    if tg_op = 'TRUNCATE' then
        if key_text is not null then
            raise exception 'Custom pkey_list does not make sense for truncate trigger' using errcode = 'internal_error';
        elsif ignored is not null then
            raise exception 'Column ignore does not make sense for truncate trigger' using errcode = 'internal_error';
        elsif backup then
            raise exception 'Backup does not make sense for truncate trigger' using errcode = 'internal_error';
        elsif expressions is not null then
            raise exception 'Custom expressions do not make sense for truncater trigger' using errcode = 'internal_error';
        end if;
    elsif tg_level <> 'ROW' then
        raise exception 'pgq Ins/Upd/Del trigger must be fired FOR EACH ROW'
            using errcode = 'internal_error', detail = format('Table %s.', table_name);
    end if;
    if deny then
        raise exception 'Table ''%'' to queue ''%'': change not allowed (%)', table_name, queue, tg_op
            using errcode = 'internal_error';
    end if;

    select array_agg(c.name), array_agg(c.type), array_agg(c.generated), array_agg(c.nr)
      into names, types, generated, numbers
      from (select a.attname::text as name, a.atttypid as type, a.attgenerated <> '' as generated, a.attnum as nr
              from pg_attribute a
             where a.attrelid = rel and a.attnum > 0 and not a.attisdropped
             order by a.attnum) c;
    if key_text is not null then
        key_names := case key_text when '' then array[''] else string_to_array(key_text, ',') end;
        keys := array_remove(regexp_split_to_array(key_text, gap), '');
    else
        select i.indkey into index_key from pg_index i where i.indrelid = rel and i.indisprimary;
        if found then
            foreach place in array index_key::smallint[] loop
                key_names := array_append(key_names, names[array_position(numbers, place)]);
            end loop;
        end if;
        keys := key_names;
        key_text := coalesce(array_to_string(key_names, ','), '');
    end if;
    if tg_op in ('UPDATE', 'DELETE') and key_text = '' then
        raise exception 'Update/Delete on table without pkey'
            using errcode = 'internal_error', detail = format('Table %s.', table_name),
                  hint = 'Give the table a primary key, or the trigger an argument pkey=.';
    end if;
end
$$;
