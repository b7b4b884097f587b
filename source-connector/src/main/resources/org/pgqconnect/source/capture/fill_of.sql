-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.fill_of: what rows got that were there before a column: one value, as a clause of ADD COLUMN and
-- whatever the default is by now; or a word that says that they got different ones.
-- Parameters: a table's oid; a column's number.
-- Returns: text; NULL when they got NULL, or the column is as old as the table.
create or replace function pgq_connect.fill_of(rel oid, num smallint) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
    -- As sinks read it, whatever the session has (see pgq_connect.settings).
    set "DateStyle" = 'ISO, MDY' set "TimeZone" = 'UTC' set "IntervalStyle" = 'postgres' set bytea_output = 'hex'
    set extra_float_digits = 1 set lc_monetary = 'C' set quote_all_identifiers = off
as $$
    select case
               when atthasmissing
                   -- Its one element by the output of its own type: what separates elements is not a comma in every
                   -- type.
                   then format('DEFAULT %L::%s', array_to_string(attmissingval, ''), format_type(atttypid, atttypmod))
               when attgenerated <> '' then 'GENERATED'
               when attidentity <> '' then 'IDENTITY'
               when atthasdef then 'COMPUTED'
               -- A domain's constraint has the server write all rows anew, so that no single value is noted.
               when exists (select from pg_type where oid = atttypid and typdefault is not null) then 'COMPUTED'
           end
      from pg_attribute
     where attrelid = rel and attnum = num
$$;
