-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.statement_check: what a statement-level trigger function does first: is all as it was generated
-- for? In an UPDATE the rows' columns may be named only after the layout was compared, so an expression does that. It
-- is planned once, with the fingerprint as a constant; its regclass constant drops the plan when the table changes.
-- An expression costs as much as a tenth of a query in every transaction, so there are few of them.
-- Parameters: captured table, queue, layout.
-- Returns: PL/pgSQL text that sets layout, table_nr and special; in an UPDATE with a key many and moved, too.
create or replace function pgq_connect.statement_check(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template(
        $sql$if TG_OP = 'UPDATE' and TG_RELID = {{table_oid}}
       and (case num_nulls(TG_RELID, {{'table_oid'}}::regclass) when 0 then pgq_connect.layout_of({{table_oid}}) = {{'fingerprint'}} end) then
        select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null, {{'fingerprint'}}{{shape}}
          into table_nr, special, layout{{shape_variables}}
          from pgq.queue q
         where {{its_queue}};
    else
        select q.queue_cur_table, q.queue_disable_insert or q.queue_per_tx_limit is not null,
               pgq_connect.layout_of({{table_oid}}), {{'table_oid'}}::regclass
          into table_nr, special, layout, its_oid
          from pgq.queue q
         where {{its_queue}};
    end if;$sql$,
        'table_oid', c.table_oid::text,
        'fingerprint', l.fingerprint,
        'shape', case when l.key_columns <> '{}' then ', ' || pgq_connect.update_shape(l) end,
        'shape_variables', case when l.key_columns <> '{}' then ', many, moved' end,
        'its_queue', format('q.queue_id = %s and q.queue_name = %L and q.queue_data_pfx = %L',
                            q.queue_id, q.queue_name, q.queue_data_pfx))
$$;
