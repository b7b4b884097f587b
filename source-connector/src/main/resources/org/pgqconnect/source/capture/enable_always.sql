-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.enable_always: runs always_statements, if this role can: it takes the tables' owner. Where it
-- cannot, the table's state shows it.
-- Parameters: the captured table.
-- Returns: nothing.
create or replace function pgq_connect.enable_always(c pgq_connect.captured_table) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    statements constant text := pgq_connect.always_statements(c);
begin
    if statements is null then
        return;
    end if;
    if exists (select from pg_class r
                where (r.oid = c.table_oid or r.oid in (select relid from pg_partition_tree(c.table_oid::regclass)))
                  and not pg_has_role(r.relowner, 'usage')) then
        raise warning 'The triggers of table % are not ENABLE ALWAYS yet, and have to be, because %: such changes are not captured',
            c.table_oid::regclass, pgq_connect.always_reason(c)
            using hint = format('The table''s owner has to run: %s', statements);
        return;
    end if;
    execute statements;
end
$$;
