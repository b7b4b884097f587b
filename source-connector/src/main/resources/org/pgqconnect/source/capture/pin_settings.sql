-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.pin_settings: sets all of them for the rest of the transaction, and those that the way back from
-- text to a row depends on.
-- Returns: the values before, for unpin_settings.
create or replace function pgq_connect.pin_settings() returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    pins   constant jsonb := (select jsonb_object_agg(name, value) from pgq_connect.settings())
                             || '{"array_nulls": "on", "xmloption": "content"}';
    before jsonb;
begin
    select jsonb_object_agg(key, current_setting(key)) into before from jsonb_each_text(pins);
    perform set_config(key, value, true) from jsonb_each_text(pins);
    return before;
end
$$;
