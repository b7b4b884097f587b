-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.statement_trigger: a statement trigger of the application that may write while a statement that
-- changes the table has not fired all of its triggers. INSERT ... ON CONFLICT DO UPDATE fires those of UPDATE before
-- those of INSERT, also where no row was updated; MERGE those of DELETE, UPDATE, INSERT; with writable CTEs those of the
-- one part come before those, or before the rows, of another. What such a trigger changes is then captured before what
-- the statement did itself.
-- Parameters: a table's oid.
-- Returns: the trigger's name, quoted; NULL when there is none.
create or replace function pgq_connect.statement_trigger(rel oid) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select quote_ident(t.tgname)
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
     where t.tgrelid = rel and not t.tgisinternal and t.tgtype & 65 = 0 and t.tgtype & 28 <> 0
       and p.pronamespace not in ('pgq_connect'::regnamespace, 'pgq'::regnamespace, 'pg_catalog'::regnamespace)
       and not pgq_connect.writes_nothing(p.oid)
     order by t.tgname limit 1
$$;
