-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.check_topic: raises an error when the topic of a table would have the name of another table's
-- topic of the queue. Dot and underscore are the same to Kafka, which names its metrics by topics.
-- Parameters: queue; table.
-- Returns: nothing.
create or replace function pgq_connect.check_topic(queue text, tbl regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    own   text[] := pgq_connect.captured_name(tbl);
    topic text := pgq_connect.topic_name(own[1], own[2]);
    other record;
begin
    select format('%I.%I', c.table_schema, c.table_name) as name, pgq_connect.topic_name(c.table_schema, c.table_name) as topic
      into other
      from pgq_connect.captured_table c
     where c.queue_name = queue and c.table_oid <> tbl
       and array[c.table_schema, c.table_name] <> own
       and translate(pgq_connect.topic_name(c.table_schema, c.table_name), '.', '_') = translate(topic, '.', '_')
       and exists (select from pg_class where oid = c.table_oid)
     limit 1;
    if found then
        raise exception 'Table % cannot be captured into queue "%" beside table %: their topics would be <prefix>.% and <prefix>.%, '
                        'which Kafka takes for one name (dot and underscore are the same to it)',
                tbl, queue, other.name, topic, other.topic
            using errcode = 'duplicate_table',
                  hint = format('Rename one of them: ALTER TABLE %s RENAME TO %I; or capture it into a queue of its own, whose connector '
                                'has another topic.prefix: ./pgq-connect provider install --queue %3$s; ./pgq-connect provider add '
                                '--queue %3$s %4$s', tbl, left(own[2], 60) || '_2', pgq_connect.shell_word(queue || '_2'),
                                pgq_connect.shell_table(tbl));
    end if;
end
$$;
