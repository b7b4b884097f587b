-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.operand_cast: what makes an operand of a column's value for the operators of an index; those of
-- enums do not take domains.
-- Parameters: the type's oid; the type that the index's operator class is for.
-- Returns: SQL text; empty where the value is an operand as it is.
create or replace function pgq_connect.operand_cast(type_oid oid, class_type oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when class_type = 'anyenum'::regtype and pgq_connect.base_type(type_oid) <> type_oid
                then '::' || format_type(pgq_connect.base_type(type_oid), null) else '' end
$$;
