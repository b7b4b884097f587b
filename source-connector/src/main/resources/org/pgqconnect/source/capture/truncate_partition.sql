-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.truncate_partition: captures a TRUNCATE of one partition, before it happens, as the deletes of
-- its rows: subscribers may have other partitions, or none. A TRUNCATE of the whole comes as one event of its own, and
-- marks the transaction, so that the partitions' triggers, which fire as well, write nothing. The whole is what is no
-- partition itself: one that has partitions, and is captured separately, or became a partition since, is truncated as
-- they are. A partition that was detached since is none of the table's business.
-- Parameters: queue; the trigger's TG_RELID; chosen, options: as in capture_steps and shaped_steps; marker: a setting;
-- function_name: the captured table's.
-- Returns: nothing; an error when the rows cannot be seen, because a TRUNCATE that subscribers miss is worse.
create or replace function pgq_connect.truncate_partition(
    queue text, rel oid, chosen text[], options jsonb, marker text, function_name text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    q      pgq.queue%rowtype;
    before jsonb;
    added  bigint;
begin
    if pgq_connect.kind_of(rel) = 'p' then
        perform set_config(marker, 'y', true) from pg_class where oid = rel and not relispartition;
        return;
    end if;
    if current_setting(marker, true) = 'y' then
        return;
    end if;
    -- An older snapshot does not always show the row trigger of a partition that was attached since, but whether it is
    -- one is always seen.
    if pgq_connect.row_trigger(rel, function_name) is null
        and (current_setting('transaction_isolation') in ('read committed', 'read uncommitted')
             or not exists (select from pgq_connect.captured_table k
                             where k.queue_name = queue and k.function_name = truncate_partition.function_name
                               and k.table_oid in (select relid from pg_partition_ancestors(rel::regclass)))) then
        return;
    end if;
    q := pgq_connect.queue_for_capture(queue, rel);
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise exception 'TRUNCATE of partition % cannot be captured in a transaction of isolation level %', rel::regclass,
            current_setting('transaction_isolation')
            using errcode = 'feature_not_supported',
                  detail = 'It removes rows that the transaction does not see, so their deletes could not be captured.',
                  hint = format('Use READ COMMITTED, or DELETE FROM %s', rel::regclass)
                         || coalesce((select format(', or TRUNCATE the whole table %s', k.table_oid::regclass)
                                        from pgq_connect.captured_table k join pg_class whole on whole.oid = k.table_oid
                                       where k.queue_name = queue and k.function_name = truncate_partition.function_name
                                         and whole.relkind = 'p' and not whole.relispartition), '');
    end if;
    if not pgq_connect.may_look_up(rel) then
        raise exception 'TRUNCATE of partition % cannot be captured, because role % lacks SELECT on it', rel::regclass,
            current_user using errcode = 'insufficient_privilege',
            hint = format('The table''s owner can run: GRANT SELECT ON %s TO %I; or use DELETE FROM %1$s', rel::regclass,
                          current_user);
    end if;
    before := pgq_connect.pin_settings();
    execute pgq_connect.partition_events(q, rel, chosen, options, 'd');
    get diagnostics added = row_count;
    perform pgq_connect.unpin_settings(before);
    perform pgq_connect.count_tx_events(queue, added);
end
$$;
