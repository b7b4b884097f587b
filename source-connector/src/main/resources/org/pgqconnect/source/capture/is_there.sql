-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.is_there: whether a row version is in a table, as this transaction sees it.
-- Parameters: the table that holds it; its place.
-- Returns: boolean; true when this role cannot look.
create or replace function pgq_connect.is_there(rel oid, place tid) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_tidscan = on
as $$
declare
    answer boolean;
begin
    if not pgq_connect.may_look_up(rel) then
        return true;
    end if;
    execute format('select exists (select from only %s where ctid = $1)', rel::regclass) into answer using place;
    return answer;
end
$$;
