-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.row_form_reason: why a table's changes must be captured row by row. Statement-level triggers run
-- after everything that row-level ones do, so a write to the same table inside one of those would be captured too
-- early; and tables with partitions or children cannot have transition tables. Where one statement deletes and inserts
-- the same key, they have to look which came last (see reinserted_rows), so they are nothing for a role that does not
-- see all rows.
-- What a subscription of logical replication writes fires row triggers only.
-- Parameters: a table's oid; the key that its rows are captured by, or NULL for the primary key.
-- Returns: text; NULL when statement-level triggers will do.
create or replace function pgq_connect.row_form_reason(rel oid, key_columns text[] default null) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when c.relkind = 'p' then 'it is partitioned'
               when c.relkind = 'f' then 'it is a foreign table'
               when c.relispartition then 'it is a partition'
               when pgq_connect.is_subscribed(rel) then 'a subscription of logical replication writes to it'
               when pgq_connect.has_deferrable_key(rel, coalesce(row_form_reason.key_columns, pgq_connect.key_of(rel, null)))
                   then 'its key is deferrable'
               when c.relhassubclass or exists (select from pg_inherits where inhrelid = rel) then 'it has inheritance'
               when exists (select from pg_constraint
                             where contype = 'f' and conrelid = rel and confrelid = rel
                               and (confupdtype in ('c', 'n', 'd') or confdeltype in ('n', 'd')))
                   then 'it has a foreign key to itself that changes rows'
               -- Its rows would have to be looked up, which form "row" does not need.
               when (pgq_connect.key_index(rel, coalesce(row_form_reason.key_columns, pgq_connect.key_of(rel, null))) is null
                     or not pgq_connect.may_look_up(rel))
                    and pgq_connect.chained_actions_reason(rel, row_form_reason.key_columns) is not null
                   then pgq_connect.chained_actions_reason(rel, row_form_reason.key_columns)
               when pgq_connect.key_index(rel, coalesce(row_form_reason.key_columns, pgq_connect.key_of(rel, null))) is not null
                    and not pgq_connect.may_look_up(rel)
                    and pgq_connect.look_up_reason(rel, coalesce(row_form_reason.key_columns, pgq_connect.key_of(rel, null))) is null
                   then format('role %s does not see all of its rows', quote_ident(current_user))
               when pgq_connect.statement_trigger(rel) is not null
                   then format('it has the statement trigger %s', pgq_connect.statement_trigger(rel))
               else (select format('it has the row trigger %s', quote_ident(t.tgname))
                       from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                      where t.tgrelid = rel and not t.tgisinternal and t.tgtype & 1 = 1 and t.tgtype & 66 = 0
                        and p.pronamespace <> 'pgq_connect'::regnamespace
                      order by t.tgname limit 1)
           end
      from pg_class c where c.oid = rel
$$;
