-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.layout_of: the fingerprint of a table's name, columns and primary key, and
-- of whether its triggers, or actions of its foreign keys, may change more of its rows or its key is deferrable.
-- It is declared IMMUTABLE, which it is not, on purpose: the planner then computes it once for a cached plan, and the
-- capture triggers pay nothing for it. Their plans also hold the table's oid as a regclass constant, so that
-- any change of the table drops those plans, in every session, and the next one computes it anew.
-- Parameters: a table's oid.
-- Returns: text; NULL when it cannot be known in this transaction (see catalog_is_stale).
create or replace function pgq_connect.layout_of(rel oid) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pgq_connect.fresh_layout_of(rel);
end
$$;
