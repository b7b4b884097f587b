-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.capture_rows_after_truncate: runs them.
-- Parameters: as there.
-- Returns: nothing.
create or replace function pgq_connect.capture_rows_after_truncate(queue text, rel oid, chosen text[], options jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    before jsonb := pgq_connect.pin_settings();
    step   text;
begin
    for step in select * from pgq_connect.rows_after_truncate(queue, rel, chosen, options) loop
        execute step;
    end loop;
    perform pgq_connect.unpin_settings(before);
end
$$;
