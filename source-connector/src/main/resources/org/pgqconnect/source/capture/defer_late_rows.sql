-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.defer_late_rows: lets the late trigger wait for the transaction's end, although SET CONSTRAINTS
-- ALL IMMEDIATE said otherwise of later statements: the key may have been deferred again.
-- Parameters: the table of the statement.
-- Returns: nothing.
create or replace function pgq_connect.defer_late_rows(rel oid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    its text;
begin
    for its in
        select format('%I.%I', n.nspname, k.conname)
          from pg_trigger t
          join pg_constraint k on k.oid = t.tgconstraint
          join pg_namespace n on n.oid = k.connamespace
         where t.tgrelid = rel and t.tgdeferrable and t.tgname like E'zz\\_pgq\\_connect\\_%'
    loop
        execute format('set constraints %s deferred', its);
    end loop;
end
$$;
