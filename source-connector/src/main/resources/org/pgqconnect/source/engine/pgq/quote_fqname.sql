-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.quote_fqname: quotes a name of the form schema.object, splitting at the first dot.
-- Parameters: i_name, unquoted; without a dot the schema is public.
-- Returns: text, NULL for NULL.
create or replace function pgq.quote_fqname(i_name text) returns text
    language sql immutable strict
    set search_path = pg_catalog, pg_temp
as $$
    select case strpos(i_name, '.')
               when 0 then format('public.%I', i_name)
               else format('%I.%I', split_part(i_name, '.', 1), substr(i_name, strpos(i_name, '.') + 1))
           end
$$;
