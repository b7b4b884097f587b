-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.insert_event_raw: writes an event with all its fields.
-- Parameters: the fields; ev_id NULL draws a new id, ev_time NULL means now.
-- Returns: the event's id.
create or replace function pgq.insert_event_raw(
    queue_name text, ev_id bigint, ev_time timestamptz, ev_owner integer, ev_retry integer, ev_type text,
    ev_data text, ev_extra1 text, ev_extra2 text, ev_extra3 text, ev_extra4 text) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    q     pgq.queue%rowtype;
    drawn bigint;
begin
    select * into q from pgq.queue where queue_name = insert_event_raw.queue_name;
    if not found then
        raise exception 'No such queue' using detail = format('There is no queue "%s".', insert_event_raw.queue_name);
    end if;
    if q.queue_disable_insert and current_setting('session_replication_role') <> 'replica' then
        raise exception 'Insert into queue disallowed' using detail = format(
            'Queue "%s" has queue_disable_insert set.', insert_event_raw.queue_name);
    end if;
    if q.queue_per_tx_limit is not null then
        perform pgq._count_tx_events(q.queue_id, q.queue_name, q.queue_per_tx_limit);
    end if;
    -- The sequence moves for a given id, too: the ticker counts events by it.
    drawn := nextval(q.queue_event_seq::regclass);
    execute format('insert into %s (ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,'
                   ' ev_extra1, ev_extra2, ev_extra3, ev_extra4) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
                   pgq.quote_fqname(q.queue_data_pfx || '_' || q.queue_cur_table))
        using coalesce(insert_event_raw.ev_id, drawn), coalesce(insert_event_raw.ev_time, now()),
              insert_event_raw.ev_owner, insert_event_raw.ev_retry, insert_event_raw.ev_type,
              insert_event_raw.ev_data, insert_event_raw.ev_extra1, insert_event_raw.ev_extra2,
              insert_event_raw.ev_extra3, insert_event_raw.ev_extra4;
    return coalesce(insert_event_raw.ev_id, drawn);
end
$$;
