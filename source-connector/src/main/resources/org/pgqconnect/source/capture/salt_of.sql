-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.salt_of: the salt of a hash mask, for trigger functions: they read it once a statement.
-- Parameters: its number.
-- Returns: the salt; raises a serialization failure when the transaction's snapshot is older than the salt.
create or replace function pgq_connect.salt_of(id integer) returns bytea
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_salt bytea;
begin
    select salt into found_salt from pgq_connect.mask_salt where salt_id = id;
    if found_salt is null then
        raise exception 'The salt % that masks captured columns is not to be seen in this transaction', id
            using errcode = 'serialization_failure',
                  detail = 'The table was taken up after the transaction began, or the row in pgq_connect.mask_salt is gone.',
                  hint = 'Repeat the transaction; if that does not help, add the table again with its --mask options and a salt.';
    end if;
    return found_salt;
end
$$;
