-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.reinserted_rows: captures once more the rows whose keys were just captured as deleted but are in
-- the table now, so that the delete is not the last word on them. In the statement form only: in one statement (MERGE,
-- data-modifying WITH) a key may be deleted and then inserted, and the trigger for INSERT may come first; so this runs
-- when rows were inserted earlier in the transaction.
-- Parameters: captured table, queue, layout; shape: of a table with options, else NULL.
-- Returns: PL/pgSQL text, or NULL when the key has no unique index to look it up by.
create or replace function pgq_connect.reinserted_rows(
    c pgq_connect.captured_table, q pgq.queue, l pgq_connect.layout, shape jsonb default null) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r       constant text := pgq_connect.row_alias(l);
    matches text;
    rows_of text := pgq_connect.fill_template(
        'select {{image}} as data from {{only}}{{"schema"}}.{{"table"}} {{r}} where {{passes}}',
        'image', case when shape is null then pgq_connect.text_of(r) else pgq_connect.shape_image(shape, r) end,
        'only', case when exists (select from pg_class where oid = c.table_oid and relkind = 'p') then '' else 'only ' end,
        'schema', l.table_schema, 'table', l.table_name, 'r', r,
        'passes', case when shape is null then '' else pgq_connect.shape_passes(shape, r) || ' and ' end);
begin
    -- The operators are those of the index, so that types whose operators lie in other schemas work.
    select string_agg(pgq_connect.fill_template(
               '{{r}}.{{"name"}}{{cast}} operator({{"schema"}}.{{operator}}) {{old}}.{{"name"}}{{cast}}',
               'r', r, 'old', case c.form when 'row' then 'OLD' else 'o' end, 'name', a.attname,
               'cast', pgq_connect.operand_cast(a.atttypid, oc.opcintype), 'schema', n.nspname, 'operator', op.oprname), ' and ')
      into matches
      from pg_index i
     cross join unnest(i.indkey, i.indclass) k (attnum, opclass)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      join pg_opclass oc on oc.oid = k.opclass
      join pg_amop am on am.amopfamily = oc.opcfamily and am.amopstrategy = 3
                     and am.amoplefttype = oc.opcintype and am.amoprighttype = oc.opcintype
      join pg_operator op on op.oid = am.amopopr
      join pg_namespace n on n.oid = op.oprnamespace
     where i.indexrelid = pgq_connect.key_index(c.table_oid, c.key_columns) and k.opclass is not null;
    if matches is null then
        return null;
    end if;
    matches := matches || pgq_connect.present_only(c.table_oid, c.key_columns, r);
    return format(E'if pgq_connect.may_look_up(%s) then\n%s\n            end if;', c.table_oid,
                  pgq_connect.by_event_table(
                      q, pgq_connect.insert_head(q, l, '''c'', again.data, null', quote_literal(l.layout_id))
                         || case c.form
                                when 'row' then format(' from (%s) again', rows_of || matches)
                                else format(' from old_rows o cross join lateral (%s offset 0) again', rows_of || matches)
                            end, '                '));
end
$$;
