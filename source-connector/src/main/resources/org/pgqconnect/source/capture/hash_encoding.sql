-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.hash_encoding: the encoding of the bytes that are hashed: the same hash in every database where
-- that can be.
-- Returns: an encoding's name.
create or replace function pgq_connect.hash_encoding() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end
$$;
