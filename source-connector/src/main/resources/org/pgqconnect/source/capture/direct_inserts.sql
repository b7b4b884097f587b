-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.direct_inserts: such an INSERT for each of a queue's event tables. The queue's row decides; in
-- the row form it is what the INSERT selects from, which costs less than a subquery. Every condition names it: one that
-- did not would become a plan node of its own.
-- Parameters: as above; number: for ev_extra3; kind: ev_type; image: the row; source: the transition tables' part of
-- the FROM clause, NULL in the row form; chooses: an expression whose end is the guess; also: a further condition of
-- the INSERT.
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
