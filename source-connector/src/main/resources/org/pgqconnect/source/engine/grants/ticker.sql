GRANT EXECUTE ON FUNCTION
    pgq.ticker(text),
    pgq.set_queue_config(text, text, text),
    pgq.maint_operations(),
    pgq.maint_tables_to_vacuum(),
    pgq.maint_rotate_tables_step1(text),
    pgq.maint_rotate_tables_step2() TO pgq_connect;
