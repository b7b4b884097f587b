GRANT EXECUTE ON FUNCTION pgq_connect.rotate_tables(text) TO pgq_connect;
GRANT UPDATE ON pgq.queue TO pgq_connect;
GRANT DELETE ON pgq.tick TO pgq_connect;
GRANT TRUNCATE ON pgq.event_template TO pgq_connect;
