-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.by_event_table: an INSERT into each of a queue's event tables, chosen by variable table_nr.
-- Parameters: queue; the rest of the INSERT, after the table's name; indentation.
-- Returns: PL/pgSQL text.
create or replace function pgq_connect.by_event_table(q pgq.queue, rest text, indent text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(indent || case nr when 0 then 'if' else 'elsif' end || ' table_nr = ' || nr || E' then\n' || indent
                             || '    insert into ' || pgq_connect.event_table(q, nr) || rest || E';\n',
                      '' order by nr) || indent || 'end if;'
      from generate_series(0, q.queue_ntables - 1) nr
$$;
