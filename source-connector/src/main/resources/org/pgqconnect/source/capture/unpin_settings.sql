-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.unpin_settings: gives the settings their values back.
-- Parameters: what pin_settings returned.
-- Returns: nothing.
create or replace function pgq_connect.unpin_settings(before jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config(key, value, true) from jsonb_each_text(before);
end
$$;
