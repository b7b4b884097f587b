-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.direct_branches: what a trigger function tries first. One INSERT both asks whether
-- all is as the function was generated for and captures; a query costs more than all else in a statement of one row, so
-- a second one would be dear. Into which event table is a guess, from a setting that the session made when
-- it last had to ask. A session that changes the setting gains nothing: the INSERT itself looks whether the guess is
-- right. When it has captured nothing, the function continues as if it had not been tried.
-- An UPDATE is captured like this when it leaves the key as it is and, in the statement form, is of one row; a DELETE
-- in the statement form when the transaction has inserted no rows before (see pgq_connect.reinserted_rows).
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
