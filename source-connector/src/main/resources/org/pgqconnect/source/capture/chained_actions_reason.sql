-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.chained_actions_reason: why form "statement" cannot tell from a statement's rows what it left
-- behind, because of the actions of foreign keys of the table. Their changes join those of the statement that fired
-- them: the trigger of each kind of change fires once for all of them, after the last one. So an update may come after
-- the delete of the same row, and one row may be twice among the old and the new rows, which tells nothing when a
-- change of the key is a delete and an insert. What only deletes comes last, and what changes no key comes in the order
-- of the changes. The triggers of form "row" fire in that order.
-- Parameters: a table's oid; the key that its rows are captured by, when that is not the primary key; has_options: a
-- condition may tell by any column which rows there are.
-- Returns: text; NULL when each row's last change comes last.
create or replace function pgq_connect.chained_actions_reason(
    rel oid, key_columns text[] default null, has_options boolean default false) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select format(case count(*) when 1 then 'foreign key %s changes rows of it' else 'foreign keys %s change rows of it' end,
                  string_agg(quote_ident(k.conname), ' and ' order by k.conname))
      from pg_constraint k
     where k.conrelid = rel and k.contype = 'f' and k.conparentid = 0
       and (k.confupdtype in ('c', 'n', 'd') or k.confdeltype in ('c', 'n', 'd'))
    having bool_or(k.confupdtype in ('c', 'n', 'd') or k.confdeltype in ('n', 'd'))
       and (has_options
            or bool_or(k.confdeltype = 'c')
            -- Each unique index counts, because it may be the operator's key.
            or bool_or((k.confupdtype in ('c', 'n', 'd') or k.confdeltype in ('n', 'd')) and (
                   exists (select from pg_index i where i.indrelid = rel and i.indisunique and k.conkey && i.indkey::int2[])
                   or exists (select from pg_attribute a
                               where a.attrelid = rel and a.attnum = any (k.conkey)
                                 and a.attname = any (chained_actions_reason.key_columns)))))
$$;
