-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.fresh_layout_of: as layout_of, and VOLATILE, so that it reads the catalog in a snapshot of its
-- own: that of the statement may be older than the table's last change (COPY takes its snapshot before it waits for the
-- table).
-- Parameters: a table's oid.
-- Returns: text; NULL when it cannot be known in this transaction (see catalog_is_stale).
create or replace function pgq_connect.fresh_layout_of(rel oid) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if pgq_connect.catalog_is_stale(rel) then
        return null;
    end if;
    return (select d.fingerprint from pgq_connect.describe_layout(rel, null) d);
end
$$;
