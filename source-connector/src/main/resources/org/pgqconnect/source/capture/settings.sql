-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.settings: the settings that the text of values depends on, and the values that make this text
-- exact and the same in every session.
-- Returns: set of (name, value).
create or replace function pgq_connect.settings(out name text, out value text) returns setof record
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    values ('DateStyle', 'ISO, MDY'), ('TimeZone', 'UTC'), ('IntervalStyle', 'postgres'), ('bytea_output', 'hex'),
           ('extra_float_digits', '1'), ('lc_monetary', 'C'), ('quote_all_identifiers', 'off')
$$;
