-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.expression_of: how a generated column is computed.
-- Parameters: a table's oid; the column's number.
-- Returns: text, a clause of ADD COLUMN; NULL when it is not generated.
create or replace function pgq_connect.expression_of(rel oid, num smallint) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
    -- As sinks read it, whatever the session has (see pgq_connect.settings).
    set "DateStyle" = 'ISO, MDY' set "TimeZone" = 'UTC' set "IntervalStyle" = 'postgres' set bytea_output = 'hex'
    set extra_float_digits = 1 set lc_monetary = 'C' set quote_all_identifiers = off
as $$
    select format('GENERATED ALWAYS AS (%s) %s', pg_get_expr(d.adbin, d.adrelid),
                  case attgenerated::text when 'v' then 'VIRTUAL' else 'STORED' end)
      from pg_attribute join pg_attrdef d on d.adrelid = attrelid and d.adnum = attnum
     where attrelid = rel and attnum = num and attgenerated <> ''
$$;
