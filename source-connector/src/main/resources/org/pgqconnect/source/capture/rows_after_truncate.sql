-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.rows_after_truncate: statements that capture what is in a table when its TRUNCATE is captured:
-- rows that triggers of others have inserted since. PostgreSQL empties all tables of a TRUNCATE first, and then fires
-- the triggers, table by table.
-- Parameters: queue; the trigger's TG_RELID; chosen, options: as in capture_steps and shaped_steps.
-- Returns: SQL text, one for each partition; an error when there are rows that cannot be seen, as in
-- truncate_partition.
create or replace function pgq_connect.rows_after_truncate(queue text, rel oid, chosen text[], options jsonb) returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    leaf oid;
begin
    for leaf in
        select c.oid
          from (select rel as relid union select relid::oid from pg_partition_tree(rel::regclass)) t
          join pg_class c on c.oid = t.relid
         where c.relkind = 'r' and pg_relation_size(c.oid) > 0
    loop
        if not pgq_connect.may_look_up(leaf) then
            raise exception 'Role % lacks SELECT on table %, but a trigger has inserted rows there after a TRUNCATE, which have to be captured',
                current_user, leaf::regclass using errcode = 'insufficient_privilege',
                hint = format('The table''s owner can run: GRANT SELECT ON %s TO %I;', leaf::regclass, current_user);
        end if;
        return next pgq_connect.partition_events(pgq_connect.queue_for_capture(queue, rel), leaf, chosen, options, 'c');
    end loop;
end
$$;
