-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq.insert_event_raw: writes an event with all its fields into the queue's current event table.
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
    q     record;
    drawn bigint;
begin
    if insert_event_raw.queue_name is null then
        raise exception 'Queue name must not be NULL' using errcode = 'internal_error';
    end if;
    select queue_id, queue_name, queue_event_seq, queue_disable_insert, queue_per_tx_limit,
           pgq.quote_fqname(queue_data_pfx || '_' || queue_cur_table) as event_table
      into q from pgq.queue where queue_name = insert_event_raw.queue_name;
    if not found then
        raise exception 'No such queue' using errcode = 'internal_error',
            detail = format('There is no queue "%s".', insert_event_raw.queue_name),
            hint = format('To create it: select pgq.create_queue(%L)', insert_event_raw.queue_name);
    end if;
    -- The sequence moves for a given id, too: the ticker counts events by it.
    drawn := nextval(q.queue_event_seq::regclass);
    if q.queue_disable_insert and current_setting('session_replication_role') <> 'replica' then
        raise exception 'Insert into queue disallowed' using errcode = 'internal_error',
            detail = format('Queue "%s" has queue_disable_insert set.', insert_event_raw.queue_name),
            hint = format('To allow it: update pgq.queue set queue_disable_insert = false where queue_name = %L',
                          insert_event_raw.queue_name);
    end if;
    if q.queue_per_tx_limit >= 0 then
        perform pgq._count_tx_events(q.queue_id, q.queue_name, q.queue_per_tx_limit);
    end if;
    execute format('insert into %s (ev_id, ev_time, ev_owner, ev_retry, ev_type, ev_data,'
                   ' ev_extra1, ev_extra2, ev_extra3, ev_extra4) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
                   q.event_table)
        using coalesce(insert_event_raw.ev_id, drawn), coalesce(insert_event_raw.ev_time, now()),
              insert_event_raw.ev_owner, insert_event_raw.ev_retry, insert_event_raw.ev_type,
              insert_event_raw.ev_data, insert_event_raw.ev_extra1, insert_event_raw.ev_extra2,
              insert_event_raw.ev_extra3, insert_event_raw.ev_extra4;
    return coalesce(insert_event_raw.ev_id, drawn);
end
$$;
