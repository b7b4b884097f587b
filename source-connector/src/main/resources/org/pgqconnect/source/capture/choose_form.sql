-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_subscribed: whether a subscription of logical replication writes to a table or one of its partitions. Its
-- workers fire no trigger that is not ENABLE ALWAYS, and none of a statement but those of TRUNCATE.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.is_subscribed(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_subscription_rel
                    where srrelid = rel or srrelid in (select relid from pg_partition_tree(rel::regclass))
                       or srrelid in (select relid from pg_partition_ancestors(rel::regclass)))
$$;

-- Function pgq_connect.is_unlogged: whether a crash of the server empties a table, or one of its partitions, without any event.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.is_unlogged(rel oid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from pg_class
                    where (oid = rel or oid in (select relid from pg_partition_tree(rel::regclass)))
                      and relpersistence = 'u' and relkind = 'r')
$$;

-- Function pgq_connect.unseen_writes_reason: why changes of a captured table may have been missed already, or those of another one been
-- captured as its own: a statement that names another table writes to this one, or the other way round, and fires the triggers of a
-- statement of the table that it names only. A child that it had is remembered until ANALYZE.
-- Parameters: the captured table.
-- Returns: text; NULL when all its changes were captured.
create or replace function pgq_connect.unseen_writes_reason(c pgq_connect.captured_table) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
               when r.relispartition then format('it is a partition of %s', pg_partition_root(r.oid)) || ', and form "statement" sees nothing of'
                   ' what is written by way of that one'
               when exists (select from pg_inherits where inhrelid = r.oid) then format(
                   'it inherits from %s, and form "statement" sees nothing of what is written by way of that one',
                   (select string_agg(inhparent::regclass::text, ', ' order by inhseqno) from pg_inherits where inhrelid = r.oid))
               when r.relhassubclass then format(
                   '%s from it, and form "statement" captures changes of the rows of such tables as its own',
                   coalesce((select string_agg(inhrelid::regclass::text, ', ' order by inhrelid) || ' inherits'
                               from pg_inherits where inhparent = r.oid), 'until lately another table inherited'))
           end
      from pg_class r where r.oid = c.table_oid and c.form = 'statement'
$$;

-- Function pgq_connect.row_form_reason: why a table's changes must be captured row by row. Statement-level triggers run
-- after everything that row-level ones do, so a write to the same table inside one of those would be captured too early;
-- and tables with partitions or children cannot have transition tables. Where one statement deletes and inserts the same key,
-- they have to look which came last (see reinserted_rows), so they are nothing for a role that does not see all rows.
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
               else (select format('it has the row trigger %s', quote_ident(t.tgname))
                       from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                      where t.tgrelid = rel and not t.tgisinternal and t.tgtype & 1 = 1 and t.tgtype & 66 = 0
                        and p.pronamespace <> 'pgq_connect'::regnamespace
                      order by t.tgname limit 1)
           end
      from pg_class c where c.oid = rel
$$;
