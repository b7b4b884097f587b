-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.check_siblings: raises an error when a partition is added separately and cannot be published
-- beside others of its whole table: they share a name, and so a topic and a copy, which have one key and one form of
-- rows.
-- Parameters: queue; table; its key; its options or NULL.
-- Returns: how many others are captured under its name.
create or replace function pgq_connect.check_siblings(queue text, tbl regclass, key text[], made jsonb) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    c      pgq_connect.captured_table%rowtype;
    others bigint := 0;
    why    text;
begin
    for c in
        select k.* from pgq_connect.captured_table k
         where k.queue_name = queue and k.table_oid <> tbl
           and k.table_oid in (select relid from pg_partition_tree(pg_partition_root(tbl)))
    loop
        others := others + 1;
        why := case when coalesce(made, c.options) is not null
                    then 'partitions that are captured separately cannot have options, such as columns left out, beside each other'
                    when c.key_columns <> key
                    then format('its key is (%s), and that of partition %s is (%s)', array_to_string(key, ', '),
                                c.table_oid::regclass, array_to_string(c.key_columns, ', ')) end;
        if why is not null then
            raise exception 'Partition % cannot be captured into queue "%" beside %, under whose name (%) it would be published, because %',
                tbl, queue, c.table_oid::regclass, pg_partition_root(tbl), why using errcode = 'object_not_in_prerequisite_state',
                hint = format('Capture the whole table instead: ./pgq-connect provider remove --queue %1$s %2$s; then'
                              ' ./pgq-connect provider add --queue %1$s %3$s', pgq_connect.shell_word(queue),
                              pgq_connect.shell_table(c.table_oid), pgq_connect.shell_table(pg_partition_root(tbl)));
        end if;
    end loop;
    return others;
end
$$;
