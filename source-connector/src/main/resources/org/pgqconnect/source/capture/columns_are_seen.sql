-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.columns_are_seen: whether the columns and the primary key that queries of the catalog show are
-- those that the table has now. So it is, though catalog_is_stale, when only its row in pg_class changed, and not for a
-- new column: after GRANT, ALTER TABLE ... SET (...), OWNER TO, RENAME TO.
-- Parameters: a table's oid.
-- Returns: boolean.
create or replace function pgq_connect.columns_are_seen(rel oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not pgq_connect.catalog_is_stale(rel) then
        return true;
    end if;
    -- Of a table that this transaction altered or truncated after another one did, the snapshot shows two rows.
    if (select count(*) from pg_class where oid = rel) <> 1
        or exists (select from pg_attribute where attrelid = rel and attnum > 0 and xmax <> '0'::xid)
        or exists (select from pg_index where indrelid = rel and indisprimary and xmax <> '0'::xid) then
        return false;
    end if;
    return (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, null)) order by a.attnum)
              from pg_attribute a where a.attrelid = rel and a.attnum > 0 and not a.attisdropped)
           is not distinct from
           (select jsonb_agg(jsonb_build_array(c -> 'name', c -> 'type') order by nr)
              from jsonb_array_elements(pgq_connect.live_columns_of(rel)) with ordinality x (c, nr));
end
$$;
