-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.server_run: what is another one after the server has crashed or was started again. A crash of
-- one of its processes does not start the server anew, but its statistics.
-- Returns: text.
create or replace function pgq_connect.server_run() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select concat_ws(' ', extract(epoch from pg_postmaster_start_time()), extract(epoch from stats_reset)) from pg_stat_bgwriter
$$;
