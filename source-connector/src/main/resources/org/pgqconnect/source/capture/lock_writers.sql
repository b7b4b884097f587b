-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.lock_writers: waits until all transactions have ended that have written to a captured table, and
-- keeps others away until this one ends. Where the role cannot lock the table, its triggers are dropped, which locks it
-- as well; they are to be made again.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.lock_writers(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    kind constant "char" := pgq_connect.kind_of(c.table_oid);
begin
    if kind in ('r', 'p') and has_table_privilege(c.table_oid, 'UPDATE, DELETE, TRUNCATE') then
        execute format('lock table %s%s in share row exclusive mode', case kind when 'r' then 'only ' end, c.table_oid::regclass);
    else
        perform pgq_connect.drop_triggers(c);
    end if;
end
$$;
