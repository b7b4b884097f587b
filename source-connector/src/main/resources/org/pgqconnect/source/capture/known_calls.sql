-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.known_calls: what may stand before a parenthesis in a trigger function that writes nothing:
-- functions of the server, keywords, and types.
-- Returns: names.
create or replace function pgq_connect.known_calls() returns text[]
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select '{now,clock_timestamp,statement_timestamp,transaction_timestamp,coalesce,nullif,greatest,least,lower,upper,trim,btrim,ltrim,rtrim,
             length,round,floor,ceil,abs,concat,replace,date_trunc,gen_random_uuid,md5,to_tsvector,
             if,elsif,when,then,else,and,or,not,in,return,numeric,varchar,char,timestamptz,timestamp}'::text[]
$$;
