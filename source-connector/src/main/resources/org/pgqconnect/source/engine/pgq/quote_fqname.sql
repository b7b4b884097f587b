-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.quote_fqname: quotes a name of the form schema.object, splitting at the first dot.
-- Parameters: i_name, unquoted; without a dot the schema is public.
-- Returns: text, NULL for NULL.
create or replace function pgq.quote_fqname(i_name text) returns text
    language plpgsql immutable strict
    set search_path = pg_catalog, pg_temp
as $$
declare
    dot constant integer := strpos(i_name, '.');
begin
    if dot = 0 then
        return 'public.' || quote_ident(i_name);
    end if;
    return quote_ident(left(i_name, dot - 1)) || '.' || quote_ident(substr(i_name, dot + 1));
end
$$;
