-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.guard_partition: puts the TRUNCATE trigger on a partition, if the rights are there.
-- Parameters: the captured table; the queue's id; the partition.
-- Returns: whether the trigger is there.
create or replace function pgq_connect.guard_partition(c pgq_connect.captured_table, queue_id integer, leaf oid)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    its_name    constant text    := '00_pgq_connect_' || queue_id || '_p';
    stale       constant text    := pgq_connect.stale_guard(queue_id, leaf, c.function_name);
    may_replace constant boolean := current_setting('server_version_num')::integer >= 140000;
begin
    if pgq_connect.is_guarded(c, leaf) then
        return true;
    end if;
    -- It is there, then, but disabled, and the role that did that may want it so: it is reported.
    if stale is null and exists (select from pg_trigger where tgrelid = leaf and tgname = its_name) then
        return false;
    end if;
    if not has_table_privilege(leaf, 'TRIGGER') or not has_table_privilege(leaf, 'SELECT')
        or pgq_connect.kind_of(leaf) <> 'r' then
        return false;
    end if;
    -- Replacing it needs no more than the TRIGGER right, unlike dropping it.
    if stale is not null and not may_replace then
        if not pg_has_role((select relowner from pg_class where oid = leaf), 'USAGE') then
            return false;
        end if;
        execute format('drop trigger %I on %s', stale, leaf::regclass);
    end if;
    execute format('create %strigger %I before truncate on %s for each statement execute function pgq_connect.%I()',
                   case when stale is not null and may_replace then 'or replace ' else '' end, its_name, leaf::regclass,
                   c.function_name);
    return true;
end
$$;
