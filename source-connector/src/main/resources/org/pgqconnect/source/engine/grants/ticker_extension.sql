GRANT EXECUTE ON FUNCTION
    pgq.insert_event_raw(text, bigint, timestamp with time zone, integer, integer, text, text, text, text, text, text) TO pgq_connect;
GRANT UPDATE ON pgq.queue TO pgq_connect;
GRANT DELETE ON pgq.tick TO pgq_connect;
GRANT SELECT, DELETE ON pgq.retry_queue TO pgq_connect;
GRANT INSERT, TRUNCATE ON pgq.event_template TO pgq_connect;
