-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.seq_getval: the last value of a sequence, whichever session drew it.
-- Parameters: i_seq_name, an unquoted schema.sequence.
-- Returns: bigint; 1 for a fresh sequence, too.
create or replace function pgq.seq_getval(i_seq_name text) returns bigint
    language plpgsql strict
    set search_path = pg_catalog, pg_temp
as $$
declare
    value bigint;
begin
    execute format('select last_value from %s', pgq.quote_fqname(i_seq_name)) into value;
    return value;
end
$$;
