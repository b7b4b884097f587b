-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.get_batch_cursor: opens a cursor over the events of a batch and returns the first of them at once.
-- It runs with the caller's rights, because the caller's condition becomes part of the query.
-- Parameters: i_batch_id; i_cursor_name; i_quick_limit, how many events to return now; i_extra_where, a condition on
-- ev_id .. ev_extra4 as SQL, or NULL.
-- Returns: set of events; the rest is fetched from the cursor in the same transaction.
create or replace function pgq.get_batch_cursor(
    in i_batch_id bigint, in i_cursor_name text, in i_quick_limit integer, in i_extra_where text,
    out ev_id bigint, out ev_time timestamptz, out ev_txid bigint, out ev_retry integer, out ev_type text,
    out ev_data text, out ev_extra1 text, out ev_extra2 text, out ev_extra3 text, out ev_extra4 text)
    returns setof record
    language plpgsql
as $$
declare
    query pg_catalog.text;
begin
    if i_batch_id is null or i_cursor_name is null or i_quick_limit is null then
        return;
    end if;
    query := pgq.batch_event_sql(i_batch_id);
    if i_extra_where is not null then
        query := pg_catalog.format('select * from (%s) as _evs where (%s) order by 1', query, i_extra_where);
    end if;
    execute pg_catalog.format('declare %I no scroll cursor for %s', i_cursor_name, query);
    if i_quick_limit operator(pg_catalog.<=) 0 then
        return;
    end if;
    return query execute pg_catalog.format('fetch %s from %I', i_quick_limit, i_cursor_name);
end
$$;

-- Function pgq.get_batch_cursor: as above, without a condition.
-- Parameters: i_batch_id, i_cursor_name, i_quick_limit.
-- Returns: set of events.
create or replace function pgq.get_batch_cursor(
    in i_batch_id bigint, in i_cursor_name text, in i_quick_limit integer,
    out ev_id bigint, out ev_time timestamptz, out ev_txid bigint, out ev_retry integer, out ev_type text,
    out ev_data text, out ev_extra1 text, out ev_extra2 text, out ev_extra3 text, out ev_extra4 text)
    returns setof record
    language plpgsql strict
as $$
begin
    return query select * from pgq.get_batch_cursor(i_batch_id, i_cursor_name, i_quick_limit, null);
end
$$;
