-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.direct_branches: what a trigger function tries first. One INSERT both asks whether
-- all is as the function was generated for and captures; a query costs more than all else in a statement of one row, so
-- a second one would be dear. Into which event table is a guess, from a setting that the session made when
-- it last had to ask. Whoever changes the setting gains nothing: the INSERT itself looks whether the guess is right. When it
-- has captured nothing, the function goes on as if it had not been tried.
-- An UPDATE is captured like this when it leaves the key as it is and, in the statement form, is of one row; a DELETE in the
-- statement form when the transaction has inserted no rows before (see pgq_connect.reinserted_rows).
-- Parameters: captured table, queue, layout; marker: as in statement_branches.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.direct_branches(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, marker text) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r       constant text := pgq_connect.row_alias(l);
    o       constant text := quote_ident('$old' || replace(r, '"', ''));
    guess   constant text := format('current_setting(%L, true)', pgq_connect.table_setting(q));
    by_row  constant boolean := c.form = 'row';
    its_own constant text := format('TG_RELID = %s', c.table_oid);
    number  constant text := quote_literal(l.layout_id);
    updates constant boolean := l.key_columns <> '{}' and not c.old_row;
begin
    return pgq_connect.fill_template(
        $sql$if TG_OP = 'UPDATE' then
{{update}}
    elsif TG_OP = 'INSERT' then
{{insert}}
    elsif TG_OP = 'DELETE' then
{{delete}}
    end if;
    if found then
        return null;
    end if;
    $sql$,
        'update', case when updates then pgq_connect.direct_inserts(
            c, q, l, number, 'u', case when by_row then 'NEW' else r end,
            case when not by_row then format(' from new_rows %s join old_rows %s on not (%s)', r, o, pgq_connect.key_differs(l, r, o)) end,
            -- The key may be named only after the layout was compared: an expression of its own, with its own plan.
            format('%s and %L::regclass is not null and pgq_connect.layout_of(%2$s) = %L and ', its_own, c.table_oid, l.fingerprint)
                || guess,
            case when by_row then format('not (%s)', pgq_connect.key_differs(l, 'NEW', 'OLD'))
                 else 'not exists (select from new_rows offset 1)' end)
        else '        null;' end,
        'insert', pgq_connect.direct_inserts(
            c, q, l, number, 'c', case when by_row then 'NEW' else r end, case when not by_row then ' from new_rows ' || r end,
            its_own || ' and ' || guess,
            case when by_row then 'true' else format('set_config(%L, ''y'', true) is not null', marker) end),
        'delete', pgq_connect.direct_inserts(
            c, q, l, number, 'd', case when by_row then 'OLD' else r end, case when not by_row then ' from old_rows ' || r end,
            its_own || ' and ' || guess,
            case when by_row then 'true' else format('current_setting(%L, true) is distinct from ''y''', marker) end));
end
$$;

-- Function pgq_connect.captures_directly: whether a table's function has direct_branches. Not if events are not just the rows'
-- images, or if more queries have to follow.
-- Parameters: captured table.
-- Returns: boolean.
create or replace function pgq_connect.captures_directly(c pgq_connect.captured_table) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select c.options is null
           and case c.form when 'row' then pgq_connect.look_up_reason(c.table_oid, c.key_columns)
                           else pgq_connect.correction_reason(c) end is null
           and not exists (select from pg_class where oid = c.table_oid and (relkind = 'p' or relispartition))
$$;

-- Function pgq_connect.direct_inserts: such an INSERT for each of a queue's event tables. The queue's row decides; in the row
-- form it is what the INSERT selects from, which costs less than a subquery. Every condition names it: one that did
-- not would become a plan node of its own.
-- Parameters: as above; number: for ev_extra3; kind: ev_type; image: the row; source: the transition tables' part of the FROM
-- clause, NULL in the row form; chooses: an expression whose end is the guess; also: a further condition of the INSERT.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.direct_inserts(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, number text, kind text, image text, source text,
    chooses text, also text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(pgq_connect.fill_template(
        $sql$        {{if}} {{chooses}} = {{'nr'}} and {{'table_oid'}}::regclass is not null and pgq_connect.exists_still({{table_oid}}) then
            insert into {{table}}{{head}}{{source}};
$sql$,
        'if', case nr when 0 then 'if' else 'elsif' end,
        'chooses', chooses,
        'nr', nr::text,
        'table_oid', pgq_connect.event_table(q, nr)::regclass::oid::text,
        'table', pgq_connect.event_table(q, nr),
        'head', pgq_connect.insert_head(q, l, format('%L, %s, null', kind, pgq_connect.text_of(image)), number),
        'source', case when source is null then asks else source || ' where exists (select' || asks || ')' end), '' order by nr)
        || '        end if;'
      from generate_series(0, q.queue_ntables - 1) nr
     cross join lateral pgq_connect.fill_template(
        $sql$
              from pgq.queue q
             where q.queue_id = {{queue_id}} and q.queue_name = {{'queue_name'}} and q.queue_cur_table = {{nr}} and q.queue_per_tx_limit is null
               and case when q.queue_disable_insert then false else {{also}} end
               and pgq_connect.layout_of({{table_oid}}) = {{'fingerprint'}} and {{'table_oid'}}::regclass is not null$sql$,
        'queue_id', q.queue_id::text, 'queue_name', q.queue_name, 'nr', nr::text, 'also', also, 'table_oid', c.table_oid::text,
        'fingerprint', l.fingerprint) asks
$$;

-- Function pgq_connect.exists_still: whether a table is there, for a session whose guess is older than the queue. Declared
-- IMMUTABLE for the same reason and with the same care as layout_of: an expression that also has the table's oid
-- as a regclass constant is planned anew when the table is dropped.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.exists_still(rel oid) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select pg_relation_filenode(rel) is not null
$$;

-- Function pgq_connect.table_setting: the name of the setting that a session remembers a queue's event table in.
-- Parameters: queue.
-- Returns: text.
create or replace function pgq_connect.table_setting(q pgq.queue) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select 'pgq_connect.table_of_' || q.queue_id
$$;
