-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.seq_setval: moves a sequence forward, never back.
-- Parameters: i_seq_name, an unquoted schema.sequence; i_new_value, the least last value wanted.
-- Returns: the sequence's last value afterwards.
create or replace function pgq.seq_setval(i_seq_name text, i_new_value bigint) returns bigint
    language plpgsql strict
    set search_path = pg_catalog, pg_temp
as $$
declare
    value bigint := pgq.seq_getval(i_seq_name);
begin
    if i_new_value > value then
        return setval(pgq.quote_fqname(i_seq_name)::regclass, i_new_value);
    end if;
    return value;
end
$$;
