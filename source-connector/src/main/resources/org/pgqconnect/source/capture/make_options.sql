-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.make_options: what an operator wants of a table's rows, checked, as captured_table.options:
--   table           the oid that the column numbers belong to
--   columns         [{name, attnum, as: exclude | include | null | constant | hash, constant, given}]; given: the name at the time
--   only            columns that are not listed are left out
--   left_out        {attnum: name} of those that were there, as they were called then
--   where           {given, sql, columns: [{name, attnum, type}]}: the row condition and the columns that it needs
--   skip_unchanged  updates that change nothing of what is captured are no events
--   salt            number of the salt of hash masks
-- Parameters: queue; table; chosen: the operator's key columns or NULL; known: the table's present options or NULL; the
-- rest as add_table: what is NULL stays as it is; keep: columns that are not named do, too, as patterns name those that
-- they match, whatever was renamed, dropped, or hidden by others: so they hide more, and never show what was hidden
-- under another name.
-- Returns: jsonb; NULL when nothing is asked for. An error says what cannot be.
create or replace function pgq_connect.make_options(
    queue text, rel oid, chosen text[], known jsonb, exclude text[], only_columns text[], masks jsonb, condition text,
    skip_unchanged boolean, salt text, keep boolean) returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    key_names text[] := pgq_connect.key_of(rel, chosen);
    before    jsonb  := coalesce(pgq_connect.renewed_options(known, rel), '{}');
    entries   jsonb  := '[]';
    made      jsonb;
    wanted    record;
    nr        integer;
    reason    text;
    salt_nr   integer := (before ->> 'salt')::integer;
    left_out  jsonb;
begin
    if (before ->> 'table')::oid <> rel
        and (keep or condition is null and before ? 'where'
             or exists (select from jsonb_array_elements(before -> 'columns') e
                         where case e ->> 'as' when 'exclude' then exclude is null when 'include' then only_columns is null
                                    else masks is null end)) then
        raise exception 'Table % is another one than that whose options it has (%), and lacks columns that these name', rel::regclass,
            pgq_connect.options_text(before)
            using hint = format('What they hide may have another name now. Give each of them anew with the present names, an empty value for'
                                ' one that is no longer wanted: ./pgq-connect provider add --queue %1$s %2$s, with'
                                ' --exclude-columns, --only-columns, --mask or --where. Or forget them: ./pgq-connect provider remove'
                                ' --queue %1$s %2$s', pgq_connect.shell_word(queue), pgq_connect.shell_table(rel));
    end if;
    for wanted in
        select w.name, w.treatment, w.constant from (
            select trim(name) as name, 'exclude' as treatment, null as constant from unnest(exclude) name
            union all
            select trim(name), 'include', null from unnest(only_columns) name
            union all
            select key, split_part(value, ':', 1), case when value like 'constant:%' then substr(value, 10) end
              from jsonb_each_text(masks)) w
         where w.name <> ''
    loop
        select attnum into nr from pg_attribute
         where attrelid = rel and attname = wanted.name and attnum > 0 and not attisdropped;
        if not found then
            raise exception 'Table % has no column %', rel::regclass, quote_ident(wanted.name) using errcode = 'undefined_column',
                hint = format('Its columns: %s', (select string_agg(attname, ', ' order by attnum) from pg_attribute
                                                   where attrelid = rel and attnum > 0 and not attisdropped));
        end if;
        if wanted.treatment not in ('exclude', 'include', 'null', 'constant', 'hash')
            or (wanted.treatment = 'constant' and wanted.constant is null) then
            raise exception 'There is no mask "%" for column % of table %', masks ->> wanted.name, quote_ident(wanted.name),
                rel::regclass using hint = 'Masks: null, constant:VALUE, hash';
        end if;
        if wanted.name = any (key_names) and wanted.treatment in ('exclude', 'null', 'constant') then
            raise exception 'Column % of table % belongs to its key, without which subscribers cannot tell rows apart',
                quote_ident(wanted.name), rel::regclass
                using hint = 'Mask it with hash, which is different for each key; or name another key: --key column,column';
        end if;
        select pgq_connect.mask_problem(wanted.treatment, wanted.constant, a.atttypid, a.atttypmod) into reason
          from pg_attribute a
         where a.attrelid = rel and a.attnum = nr and wanted.treatment in ('hash', 'constant');
        if found and reason is not null then
            raise exception 'Column % of table % cannot be masked with %: %', quote_ident(wanted.name), rel::regclass,
                wanted.treatment, reason
                using hint = 'Mask it with null, or with a constant of its type, or leave it out';
        end if;
        if wanted.treatment = 'hash' and wanted.name = any (key_names)
            and exists (select from pg_attribute a join pg_collation l on l.oid = a.attcollation
                         where a.attrelid = rel and a.attnum = nr and not l.collisdeterministic) then
            raise exception 'Key column % of table % cannot be masked with hash: its collation holds different texts equal',
                quote_ident(wanted.name), rel::regclass using hint = 'Name another key: --key column,column';
        end if;
        if keep then
            select given.name into reason
              from (select e ->> 'given' as name from jsonb_array_elements(before -> 'columns') e
                     where wanted.treatment = 'hash' and (e ->> 'attnum')::integer = nr and e ->> 'as' in ('null', 'constant')
                    union all
                    select before -> 'left_out' ->> nr::text where wanted.treatment = 'include') given
             where given.name <> wanted.name limit 1;
            if found then
                raise exception 'Column % of table % was called % when it was hidden (%), and a pattern of the connector would show it%',
                    quote_ident(wanted.name), rel::regclass, quote_ident(reason), pgq_connect.options_text(before),
                    case wanted.treatment when 'hash' then ' as a hash' else '' end
                    using hint = format('Hide it under its new name in the connector''s configuration; or show it: ./pgq-connect provider add'
                                        ' --queue %s %s %s', pgq_connect.shell_word(queue), (
                    select case wanted.treatment
                               when 'hash' then string_agg('--mask ' || pgq_connect.shell_word(
                                                    concat_ws(':', concat_ws('=', e ->> 'name', e ->> 'as'), e ->> 'constant')), ' ' order by e ->> 'name')
                               else '--only-columns ' || pgq_connect.shell_word(string_agg(e ->> 'name', ',' order by e ->> 'name')) end
                      from (select e from jsonb_array_elements(before -> 'columns') e
                             where pgq_connect.option_kind(e) = case wanted.treatment when 'hash' then 'mask' else 'include' end
                               and (e ->> 'attnum')::integer <> nr and pgq_connect.column_now(rel, (e ->> 'attnum')::integer) is not null
                            union all
                            select jsonb_build_object('name', wanted.name, 'as', wanted.treatment)) shown (e)),
                                        pgq_connect.shell_table(rel));
            end if;
        end if;
        made := jsonb_strip_nulls(jsonb_build_object(
            'name', wanted.name, 'attnum', nr, 'as', wanted.treatment, 'constant', wanted.constant));
        entries := entries || coalesce(
            (select e from jsonb_array_elements(before -> 'columns') e where keep and e - 'given' = made limit 1),
            made || jsonb_build_object('given', wanted.name));
    end loop;
    entries := entries || coalesce((
        select jsonb_agg(e) from jsonb_array_elements(before -> 'columns') e
         where case when (case e ->> 'as' when 'exclude' then exclude is null when 'include' then only_columns is null
                               else masks is null end) then true
                    when not keep then false
                    -- Its pattern was taken away, or it was renamed, or dropped.
                    else (e ->> 'as' <> 'include' or e ->> 'given' <> e ->> 'name'
                          or pgq_connect.column_now(rel, (e ->> 'attnum')::integer) is null)
                         and not exists (select from jsonb_array_elements(entries) n
                                          where (n ->> 'attnum' = e ->> 'attnum' or n ->> 'name' = e ->> 'name')
                                            and pgq_connect.option_kind(n) = pgq_connect.option_kind(e)) end), '[]');
    select jsonb_object_agg(a.attnum, coalesce(case when keep or only_columns is null then before -> 'left_out' ->> a.attnum::text end,
                                               a.attname::text)) into left_out
      from pg_attribute a
     where a.attrelid = rel and a.attnum > 0 and not a.attisdropped and a.attname <> all (key_names)
       and not exists (select from jsonb_array_elements(entries) e
                        where e ->> 'as' = 'include' and (e ->> 'attnum')::integer = a.attnum);
    if exists (select from jsonb_array_elements(entries) e where e ->> 'as' = 'hash') then
        if nullif(salt, '') is not null then
            if not exists (select from pgq_connect.mask_salt s where s.salt_id = salt_nr and s.salt = convert_to(make_options.salt, 'UTF8')) then
                insert into pgq_connect.mask_salt (salt) values (convert_to(make_options.salt, 'UTF8')) returning salt_id into salt_nr;
            end if;
        elsif salt_nr is null then
            insert into pgq_connect.mask_salt (salt)
                values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) returning salt_id into salt_nr;
        end if;
    else
        salt_nr := null;
    end if;
    made := jsonb_strip_nulls(jsonb_build_object(
        'columns', nullif(entries, '[]'),
        'only', case when exists (select from jsonb_array_elements(entries) e where e ->> 'as' = 'include') then true end,
        'left_out', case when exists (select from jsonb_array_elements(entries) e where e ->> 'as' = 'include') then left_out end,
        'where', case when condition is null or (keep and trim(condition) = '') then before -> 'where'
                      -- It follows its columns, whatever has their names now.
                      when keep and condition = before -> 'where' ->> 'given'
                           and not (pgq_connect.shape(jsonb_build_object('table', rel::bigint, 'where', before -> 'where'), rel, chosen)
                                    ->> 'closed')::boolean then before -> 'where'
                      when trim(condition) = '' then null
                      else pgq_connect.make_condition(rel, condition) end,
        'skip_unchanged', nullif(coalesce(skip_unchanged, (before ->> 'skip_unchanged')::boolean, false), false),
        'salt', salt_nr));
    if made = '{}' then
        return null;
    end if;
    made := made || jsonb_build_object('table', rel::bigint);
    reason := pgq_connect.shape(made, rel, chosen) ->> 'problems';
    if reason is not null then
        raise exception 'The options do not fit table %: %', rel::regclass, reason
            using hint = 'A column that is generated from hidden ones has to be left out, too: --exclude-columns; what else'
                         ' does not fit any more has to be given anew';
    end if;
    if jsonb_array_length(pgq_connect.shape(made, rel, chosen) -> 'columns') = 0 then
        raise exception 'No column of table % is left', rel::regclass;
    end if;
    return made;
end
$$;
