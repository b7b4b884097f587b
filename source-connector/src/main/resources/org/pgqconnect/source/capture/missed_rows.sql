-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.missed_rows: a query that tells whether a partition may have rows that were not captured, so
-- that all of them have to be: rows older than the row trigger, which came with ATTACH, and younger ones without an
-- event of their transaction, which may have been written under a savepoint of the attaching one. Where another
-- transaction had made the table, any row may be older than ATTACH, though younger than the attaching transaction, and
-- events of rows like it may be those of another table, from which it was moved. Rows that were captured are captured
-- twice then, which does no harm: they are the same.
-- The rows of system columns in pg_attribute are as old as the table: nothing changes them.
-- Parameters: the captured table; its queue; the partition; chosen: the operator's key columns or NULL.
-- Returns: SQL text.
create or replace function pgq_connect.missed_rows(c pgq_connect.captured_table, q pgq.queue, leaf oid, chosen text[])
    returns text
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template($sql$
        with attached as (
            select t.xmin, t.cmin::text::bigint as cmin, t.xmin <> made.xmin as was_there
              from pg_trigger t
              join pg_attribute made on made.attrelid = t.tgrelid and made.attname = 'tableoid'
             where t.oid = {{trigger_oid}}),
        rows as (
            select xmin as xid, cmin::text::bigint as command, {{image}} as data{{rows}}),
        young as materialized (
            select txid_current() - age(xid) as xid, data
              from rows where age(xid) < (select age(xmin) from attached))
        select exists (select from rows, attached a
                        where a.was_there or age(xid) > age(a.xmin) or (xid = a.xmin and command < a.cmin))
               or exists (select data from young
                          except
                          select ev_data from {{events}}
                           where ev_txid in (select distinct xid from young) and ev_extra1 = {{'table'}})$sql$,
        'trigger_oid', pgq_connect.row_trigger(leaf, c.function_name)::text, 'image', p.image, 'rows', p.rows,
        'events', q.queue_data_pfx, 'table', c.table_schema || '.' || c.table_name)
      from pgq_connect.partition_rows(q, leaf, chosen, c.options) p
$$;
