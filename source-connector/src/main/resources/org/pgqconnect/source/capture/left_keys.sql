-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.left_keys: the old rows of an UPDATE whose keys no new row has, as a FROM item without an alias.
-- Of the others the new rows tell. NOT EXISTS is an anti join whatever the number of rows, which NOT IN is not.
-- Parameters: an alias that no column has as its name; key columns.
-- Returns: SQL text.
create or replace function pgq_connect.left_keys(r text, key_columns text[]) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.fill_template(
        '(select {{r}}.* from old_rows {{r}} where not exists ('
        'select from (select row({{key}})::text as key from new_rows {{r}}) n where n.key = row({{key}})::text))',
        'r', r, 'key', string_agg(format('%s.%I', r, name), ', ' order by nr))
      from unnest(key_columns) with ordinality k (name, nr)
$$;
