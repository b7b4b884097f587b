-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.logutriga: trigger that writes an event for each change, with ev_data
-- the whole row, urlencoded; ev_type is I, U or D, a colon and the key's columns, or R for TRUNCATE.
-- Arguments: queue, and any of SKIP, ignore=columns, pkey=columns, backup, deny, when=condition, ev_type=expression,
-- ev_data=expression, ev_extra1=expression .. ev_extra4=expression.
-- Returns: the row; NULL when the operation is to be skipped.
create or replace function pgq.logutriga() returns trigger
    language plpgsql stable
as $$
begin
    if pgq._trigger_event('logutriga', TG_WHEN, TG_LEVEL, TG_OP, TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV, NEW, OLD) then
        return null;
    end if;
    return coalesce(NEW, OLD);
end
$$;
