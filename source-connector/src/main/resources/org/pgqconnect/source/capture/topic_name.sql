-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.topic_name: the end of the name of a table's topic, <prefix>.<schema>.<table>. Kafka allows
-- letters, digits, dot, underscore and hyphen; each other character becomes an underscore. Class TopicNames does the
-- same.
-- Parameters: schema; table.
-- Returns: <schema>.<table> as it stands in the topic's name.
create or replace function pgq_connect.topic_name(table_schema text, table_name text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select regexp_replace(table_schema || '.' || table_name, '[^a-zA-Z0-9._-]', '_', 'g')
$$;
