-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.late_branch: the part of a trigger function that asks late_act. It names the key's columns only
-- when the layout is that which the function was generated for.
-- Parameters: the queue's id; layout; unchanged: the condition of that, as SQL text.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.late_branch(queue_id integer, l pgq_connect.layout, unchanged text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template(
        $sql$    if TG_LEVEL = 'ROW' then
        moved := true;
        if TG_NARGS = 0 and tg_op = 'UPDATE' and {{unchanged}} then
            moved := {{moved}};
        end if;
        tg_op := pgq_connect.late_act({{queue_id}}, TG_RELID, tg_op, TG_NARGS > 0, moved, OLD.ctid, OLD.xmin, NEW.ctid);
        if tg_op is null then
            return null;
        end if;
    end if;
$sql$,
        'unchanged', unchanged,
        'moved', coalesce((select format('row(%s)::record *<> row(%s)::record', string_agg(format('OLD.%I', name), ', ' order by nr),
                                         string_agg(format('NEW.%I', name), ', ' order by nr))
                             from unnest(l.key_columns) with ordinality k (name, nr)
                           having count(*) > 0), 'true'),
        'queue_id', queue_id::text)
$$;
