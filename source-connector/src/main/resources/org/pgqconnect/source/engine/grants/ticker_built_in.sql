GRANT EXECUTE ON FUNCTION pgq.maint_retry_events() TO pgq_connect;
