-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.table_setting: the name of the setting that a session remembers a queue's event table in.
-- Parameters: queue.
-- Returns: text.
create or replace function pgq_connect.table_setting(q pgq.queue) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select 'pgq_connect.table_of_' || q.queue_id
$$;
