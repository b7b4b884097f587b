-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_own: whether a row version that this transaction may change was made by this transaction, in
-- whatever subtransaction: others' rows are committed by then. A trigger may be the first to see the work of a
-- subtransaction, so nothing that was noted earlier can answer this.
-- Parameters: the version's xmin.
-- Returns: boolean.
create or replace function pgq_connect.is_own(xmin xid) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    epoch constant bigint := 4294967296;
    top   constant bigint := txid_current();
    maker bigint := top - top % epoch + xmin::text::bigint;
begin
    if maker < top - epoch / 2 then
        maker := maker + epoch;
    elsif maker > top + epoch / 2 then
        maker := maker - epoch;
    end if;
    -- A subtransaction's number is never below its transaction's.
    return maker >= top and coalesce(txid_status(maker) = 'in progress', false);
exception
    -- The number of a row that was frozen long ago may look like one that is yet to come.
    when invalid_parameter_value then
        return false;
end
$$;
