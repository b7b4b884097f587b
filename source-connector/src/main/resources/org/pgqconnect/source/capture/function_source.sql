-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.function_source: the text of a table's trigger function. Everything that can be known beforehand
-- is a constant in it: the event tables, the layout, the names. What it does then is one INSERT from a cached plan that
-- also asks whether all that is still so (see direct_branches), or where one is not enough, one query of one row and
-- what has to follow. When it is not so any more, pgq_connect.capture_steps tells what to do.
-- Parameters: the captured table; its queue; its layout.
-- Returns: CREATE FUNCTION statement.
create or replace function pgq_connect.function_source(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
-- About its SET clauses: a plan is cached by the first statement, perhaps for one row, and used for later ones of
-- millions: so none may join transition tables by nested loops or look rows up by sequential scans;
-- and a plan that was cached for millions must not be compiled for each later row. Each clause costs time in every
-- statement; so where most statements get by with one simple query, the others set the former two on their own.
declare
    partitioned constant boolean := exists (select from pg_class where oid = c.table_oid and relkind = 'p');
    -- Events of a table with options are made by the names of its columns, and have one layout in all partitions.
    by_partition constant boolean := partitioned and c.options is null;
    marker      constant text := 'pgq_connect.inserted_' || c.table_oid;
    body        text;
    check_query text;
    recheck     text;
    pins        text;
    sets        text;
    source      text;
    shape       constant jsonb := pgq_connect.shape_of_captured(c);
    late        constant boolean := pgq_connect.captures_late(c);
    direct      constant boolean := pgq_connect.captures_directly(c) and not late;
    chosen_key  constant text := case when c.key_chosen then c.key_columns::text end;
    unchanged   text;
begin
    pins := (select coalesce(string_agg(format('    set %I = %L', s.name, s.value), E'\n'), '')
               from pgq_connect.settings() s where s.name = any (pgq_connect.settings_of(c.table_oid)));
    check_query := pgq_connect.fill_template(
        $sql$select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
           pgq_connect.{{sign_of}}({{table_oid}}), {{'table_oid'}}::regclass{{partition_fields}}
      into table_nr, special, layout, its_oid{{partition_variables}}
      from pgq.queue q{{partition}}
     where q.queue_id = {{queue_id}} and q.queue_name = {{'queue_name'}} and q.queue_data_pfx = {{'data_pfx'}};$sql$,
        'sign_of', case when shape is null then 'layout_of' else 'shape_of' end,
        'table_oid', c.table_oid::text,
        'partition_fields', case when by_partition then ', p.layout_id' when partitioned then ', p.partition_oid is not null' end,
        'partition_variables', case when by_partition then ', layout_nr' when partitioned then ', taken_up' end,
        'partition', case
            -- An older snapshot still shows the trigger of a partition that was detached since, as one that is deleted.
            when by_partition then pgq_connect.fill_template($sql$
      left join (pgq_connect.captured_partition p join pg_trigger t on t.oid = p.layout_trigger and t.tgrelid = p.partition_oid)
        on p.partition_oid = TG_RELID and p.queue_name = {{'queue_name'}} and p.root_oid = {{table_oid}} and p.root_layout = {{layout_id}}$sql$
                || $sql$ and (t.xmax = '0' or current_setting('transaction_isolation') = 'read committed')$sql$,
                'queue_name', c.queue_name, 'table_oid', c.table_oid::text, 'layout_id', l.layout_id::text)
            when partitioned then pgq_connect.fill_template($sql$
      left join pgq_connect.captured_partition p
        on p.partition_oid = TG_RELID and p.queue_name = {{'queue_name'}} and p.root_oid = {{table_oid}}$sql$,
                'queue_name', c.queue_name, 'table_oid', c.table_oid::text) end,
        'queue_id', q.queue_id::text, 'queue_name', q.queue_name, 'data_pfx', q.queue_data_pfx);
    if by_partition then
        check_query := check_query || pgq_connect.fill_template($sql$
    if TG_RELID = {{table_oid}} then
        layout_nr := {{layout_id}};
    elsif layout_nr is null then
        perform pgq_connect.note_written({{'queue_name'}}, {{table_oid}}, TG_RELID, {{'function_name'}});
        if layout = {{'fingerprint'}} and pgq_connect.layout_of(TG_RELID) = layout then
            layout_nr := {{layout_id}};
        end if;
    end if;$sql$,
            'table_oid', c.table_oid::text, 'layout_id', l.layout_id::text, 'fingerprint', l.fingerprint,
            'queue_name', c.queue_name, 'function_name', c.function_name);
    elsif partitioned then
        check_query := check_query || pgq_connect.fill_template($sql$
    if TG_RELID <> {{table_oid}} and not taken_up then
        perform pgq_connect.note_written({{'queue_name'}}, {{table_oid}}, TG_RELID, {{'function_name'}});
    end if;$sql$, 'table_oid', c.table_oid::text, 'queue_name', c.queue_name, 'function_name', c.function_name);
    end if;
    if c.form = 'statement' and shape is null then
        check_query := pgq_connect.statement_check(c, q, l);
    end if;
    body := case when shape is not null then pgq_connect.shaped_branches(c, q, l, shape, marker)
                 when c.form = 'row' then pgq_connect.row_branches(c, q, l, partitioned)
                 else pgq_connect.statement_branches(c, q, l, marker) end;
    if direct then
        check_query := pgq_connect.direct_branches(c, q, l, marker) || check_query;
        body := format(E'        marked := set_config(%L, table_nr::text, false);\n', pgq_connect.table_setting(q)) || body;
    end if;
    unchanged := format('layout = %L and not special and table_nr < %s and %s',
        case when shape is null then l.fingerprint else pgq_connect.shape_of(c.table_oid) end, q.queue_ntables,
        case when by_partition then 'layout_nr is not null' when partitioned then 'true' else 'TG_RELID = ' || c.table_oid end);
    -- Names stand in it as their owners chose them: a comment of one line must not become more of them.
    source := pgq_connect.fill_template(
        $sql$
-- Captures the changes of {{table}} into queue {{queue}}. Generated; regenerate with
-- select * from pgq_connect.refresh_table(queue, table).
#variable_conflict use_column
declare
    table_nr  integer;
    special   boolean;
    layout    text;
    layout_nr integer;
    its_oid   oid;
    many      boolean;
    moved     boolean;
    kind      text;
    data      text;
    old_data  text;
    marked    text;
    plans     text[];
    before    jsonb;
    step      text;
    added     bigint;
{{declarations}}begin
{{before_row}}    {{check}}
{{truncate}}{{late}}    if {{unchanged}} then
{{body}}
        return null;
    end if;
    before := pgq_connect.pin_settings();
    for step in select * from pgq_connect.{{steps}}({{'queue_name'}}, TG_RELID, TG_OP, {{'form'}}, {{'key'}}, {{old_row}}{{options}}{{look_up}}) loop
        execute step{{rows}};
        get diagnostics added = row_count;
        perform pgq_connect.count_tx_events({{'queue_name'}}, added);
    end loop;
    perform pgq_connect.unpin_settings(before);
    return null;
end
$sql$,
        'table', translate(quote_ident(l.table_schema) || '.' || quote_ident(l.table_name), E'\n\r', '  '),
        'queue', translate(quote_literal(c.queue_name), E'\n\r', '  '),
        -- What late_act says takes the place of what the trigger fired for.
        'declarations', case when late then E'    tg_op     text := TG_OP;\n' else '' end
                        || case when partitioned and not by_partition then E'    taken_up  boolean;\n' else '' end,
        'before_row', case when late then $sql$    if TG_WHEN = 'BEFORE' and TG_OP <> 'TRUNCATE' then
        perform pgq_connect.defer_late_rows(TG_RELID);
        return NEW;
    end if;
$sql$ end,
        'check', check_query,
        'truncate', case when partitioned or exists (select from pg_class where oid = c.table_oid and relispartition)
                         then pgq_connect.fill_template($sql$    if TG_OP = 'TRUNCATE' then
        if TG_WHEN = 'BEFORE' then
            perform pgq_connect.truncate_partition({{'queue_name'}}, TG_RELID, {{'key'}}, {{'options'}}, {{'setting'}}, {{'function_name'}});
            return null;
        end if;
        marked := set_config({{'setting'}}, '', true);
        if exists (select from pg_class where oid = TG_RELID and relkind = 'p' and relispartition) then
            return null;
        end if;
    end if;
$sql$, 'queue_name', c.queue_name, 'key', chosen_key, 'options', c.options::text,
            'setting', format('pgq_connect.truncating_%s_%s', q.queue_id, c.table_oid), 'function_name', c.function_name) end,
        'late', case when late then pgq_connect.late_branch(q.queue_id, l, unchanged) end,
        'unchanged', unchanged,
        'body', body,
        'steps', case when shape is null then 'capture_steps' else 'shaped_steps' end,
        'queue_name', c.queue_name,
        'form', c.form,
        'key', chosen_key,
        'old_row', format('%L', c.old_row),
        'options', case when shape is not null then format(', %L', c.options) end,
        'look_up', case when late then ', look_up => false' end,
        'rows', case c.form when 'row' then ' using OLD, NEW' end);
    sets := case when direct and c.form = 'statement' then E'    set jit = off\n'
         when c.form = 'statement' or pgq_connect.nested_writes_reason(c.table_oid) is not null
         then E'    set enable_nestloop = off\n    set enable_seqscan = off\n    set jit = off\n'
         else '' end;
    -- A row condition's literals are written for this setting.
    if strpos(source, E'\\') > 0 then
        sets := sets || E'    set standard_conforming_strings = on\n';
    end if;
    return format(
        E'create or replace function pgq_connect.%I() returns trigger\n    language plpgsql security definer\n'
        '    set search_path = pg_catalog, pg_temp\n%s%s\nas %L',
        c.function_name, sets, pins, source);
end
$$;
