-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.hashed: a value as the hash mask shows it, for a role that copies a table and cannot see the
-- salt.
-- Parameters: the salt's number; the value.
-- Returns: 64 hexadecimal digits; NULL for NULL.
create or replace function pgq_connect.hashed(id integer, value text) returns text
    language plpgsql stable strict security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return encode(sha256(pgq_connect.salt_of(id) || convert_to(value, pgq_connect.hash_encoding())), 'hex');
end
$$;
