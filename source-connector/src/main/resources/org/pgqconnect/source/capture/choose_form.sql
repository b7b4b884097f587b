-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.row_form_reason: why a table's changes must be captured row by row. Statement-level triggers run
-- after everything that row-level ones do, so a write to the same table inside one of those would be captured too early;
-- and tables with partitions or children cannot have transition tables. Where one statement deletes and inserts the same key,
-- they have to look which came last (see reinserted_rows), so they are nothing for a role that does not see all rows.
-- Parameters: a table's oid.
-- Returns: text; NULL when statement-level triggers will do.
create or replace function pgq_connect.row_form_reason(rel oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when c.relkind = 'p' then 'it is partitioned'
               when c.relkind = 'f' then 'it is a foreign table'
               when c.relispartition then 'it is a partition'
               when exists (select from pg_inherits where inhrelid = rel or inhparent = rel) then 'it has inheritance'
               when exists (select from pg_constraint
                             where contype = 'f' and conrelid = rel and confrelid = rel
                               and (confupdtype in ('c', 'n', 'd') or confdeltype in ('n', 'd')))
                   then 'it has a foreign key to itself that changes rows'
               when exists (select from pg_index where indrelid = rel and indisprimary) and not pgq_connect.may_look_up(rel)
                    and pgq_connect.look_up_reason(rel, pgq_connect.key_of(rel, null)) is null
                   then format('role %s does not see all of its rows', quote_ident(current_user))
               else (select format('it has the row trigger %s', quote_ident(t.tgname))
                       from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                      where t.tgrelid = rel and not t.tgisinternal and t.tgtype & 1 = 1 and t.tgtype & 66 = 0
                        and p.pronamespace <> 'pgq_connect'::regnamespace
                      order by t.tgname limit 1)
           end
      from pg_class c where c.oid = rel
$$;
